"""The Neo4j that the tests start is a real one, the same as in docker-compose.yml, and leaves nothing running."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from tests.support import neo4j_server as neo4j

if TYPE_CHECKING:
    from tests.support.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[2]


def test_it_answers_as_the_version_that_compose_names(neo4j_server: Neo4jServer) -> None:
    """Bolt answers with the version of docker-compose.yml and of pom.xml."""
    image = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["neo4j"]["image"]
    assert image == f"neo4j:{neo4j.version()}-community"
    with GraphDatabase.driver(neo4j_server.url, auth=(neo4j_server.username, neo4j_server.password)) as driver:
        assert driver.get_server_info().agent == f"Neo4j/{neo4j.version()}"
        [usage] = driver.execute_query("SHOW SETTINGS 'server.bolt.listen_address' YIELD value").records
    assert usage["value"] == neo4j_server.url.removeprefix("bolt://")


def test_it_asks_for_the_password(neo4j_server: Neo4jServer) -> None:
    """Another password, the first one too, is refused."""
    with GraphDatabase.driver(neo4j_server.url, auth=("neo4j", "neo4j")) as driver, pytest.raises(AuthError):
        driver.verify_connectivity()


def test_it_reports_nothing_to_anybody(neo4j_server: Neo4jServer) -> None:
    """Usage reports are off."""
    with GraphDatabase.driver(neo4j_server.url, auth=(neo4j_server.username, neo4j_server.password)) as driver:
        [setting] = driver.execute_query("SHOW SETTINGS 'dbms.usage_report.enabled' YIELD value").records
    assert setting["value"] == "false"


LISTENING = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("ready", flush=True)
    sys.stdin.read()
"""
"""A server that ends with its standard input, as ours of Neo4j does, and is there at once."""


def test_it_ends_with_the_last_that_uses_it(tmp_path: Path) -> None:
    """Processes that name one folder share a server; when the last of them leaves, killed or not, it ends."""

    def listening(_: Path, port: int) -> list[str]:
        return [sys.executable, "-c", LISTENING, str(port)]

    with neo4j.shared(tmp_path / "server", listening) as server:
        with neo4j.shared(tmp_path / "server", listening) as same:
            assert same == server
        assert neo4j.is_open(server)
    end = time.monotonic() + neo4j.STOP
    while neo4j.is_open(server):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_without_the_tools_tests_are_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java or Maven one line says what to install; with CI=true it is a failure."""
    monkeypatch.setattr(neo4j, "has_tools", lambda: False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"needs Java 17 .* apt-get install openjdk-17-jdk-headless maven"):
        neo4j.require_tools()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install"):
        neo4j.require_tools()


def test_a_java_that_cannot_compile_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Java of 11, or without its compiler, counts as missing."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{Path(str(shutil.which('sh'))).parent}")
    (tmp_path / "mvn").touch(0o755)
    for modules, enough in {"jdk.compiler@11.0.2": False, "java.base@21": False, "jdk.compiler@21": True}.items():
        (tmp_path / "java").write_text(f"#!/bin/sh\necho {modules}\n")
        (tmp_path / "java").chmod(0o755)
        neo4j.has_tools.cache_clear()
        assert neo4j.has_tools() is enough
    neo4j.has_tools.cache_clear()
