"""A real Neo4j for the tests, from Maven Central: the same version as in docker-compose.yml."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from neo4j import GraphDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "neo4j"
CACHE = Path(__file__).parents[2] / ".cache"
OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch")
JARS = 200
"""At least so many; fewer were not all copied."""
NEEDED = "the real Neo4j needs Java 17 and Maven: apt-get install openjdk-17-jdk-headless maven"


@dataclass(frozen=True)
class Neo4jServer:
    """Where it answers, and as whom to speak to it."""

    url: str
    username: str
    password: str

    def environment(self) -> dict[str, str]:
        """Give the variables by which a process uses it."""
        return {"PROVGRAPH_URL": self.url, "NEO4J_USERNAME": self.username, "NEO4J_PASSWORD": self.password}


def require_tools() -> None:
    """Skip with one line when Java or Maven is missing; with CI=true fail."""
    if shutil.which("java") and shutil.which("mvn"):
        return
    if os.environ.get("CI") == "true":
        pytest.fail(NEEDED)
    pytest.skip(NEEDED)


def running(folder: Path) -> Iterator[Neo4jServer]:
    """Start the server with its data in `folder`, give it, and stop it."""
    require_tools()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opens = [f"--add-opens={each}=ALL-UNNAMED" for each in OPENED]
    with (
        (folder / "neo4j.log").open("wb") as log,
        subprocess.Popen(
            [
                "java",
                "-Xmx768m",
                *opens,
                "-cp",
                f"{_jars()}/*",
                str(HERE / "Neo4jServer.java"),
                str(folder / "data"),
                str(port),
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            yield _answering(process, port, folder / "neo4j.log")
        finally:
            process.terminate()


def _jars() -> Path:
    version = re.search(r"<version>(5[^<]+)</version>", (HERE / "pom.xml").read_text())
    assert version is not None
    folder = CACHE / f"neo4j-{version[1]}"
    if len(list(folder.glob("*.jar"))) < JARS:
        command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        subprocess.run(
            [*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"], check=True, stdin=subprocess.DEVNULL
        )
    return folder


def _answering(process: subprocess.Popen[bytes], port: int, log: Path) -> Neo4jServer:
    """Wait until it answers, and give its user a password."""
    server = Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", "a-password-for-tests")
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if "ready" in log.read_text():
            with (
                GraphDatabase.driver(server.url, auth=("neo4j", "neo4j")) as driver,
                driver.session(database="system") as session,
            ):
                session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=server.password).consume()
            return server
        time.sleep(0.1)
    raise RuntimeError(f"Neo4j did not start: {log.read_text()[-2000:]}")
