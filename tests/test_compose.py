"""docker-compose.yml: a Neo4j that is safe as it stands, the same that the tests run on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import neo4j_server as neo4j

COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"


@pytest.fixture
def compose() -> dict[str, Any]:
    """The whole file."""
    found = yaml.safe_load(COMPOSE.read_text())
    assert isinstance(found, dict)
    return found


@pytest.fixture
def service(compose: dict[str, Any]) -> dict[str, Any]:
    """The only service."""
    [found] = compose["services"].values()
    assert isinstance(found, dict)
    return found


def test_the_image_is_the_community_edition_that_the_tests_run_on(service: dict[str, Any]) -> None:
    """Neo4j 5.26, of exactly the version in the tests' pom.xml."""
    assert re.fullmatch(r"neo4j:5\.26\.\d+-community", service["image"])
    assert service["image"] == f"neo4j:{neo4j.version()}-community"


def test_ports_are_open_on_the_loopback_alone(service: dict[str, Any]) -> None:
    """Bolt and the Browser answer on this machine and nowhere else."""
    assert sorted(service["ports"]) == ["127.0.0.1:7474:7474", "127.0.0.1:7687:7687"]


def test_a_missing_password_is_an_error_that_says_what_to_set(service: dict[str, Any]) -> None:
    """The password comes from the environment; without it compose stops with our sentence."""
    assert re.fullmatch(r"neo4j/\$\{NEO4J_PASSWORD:\?set NEO4J_PASSWORD [^}]+\}", service["environment"]["NEO4J_AUTH"])
    assert not re.search(r"NEO4J_AUTH: *\"?neo4j/[^$]", COMPOSE.read_text())


def test_health_is_a_query_with_the_password(service: dict[str, Any]) -> None:
    """`up --wait` ends when a query is answered; the password is read inside the container, not written in the file."""
    kind, command = service["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert "cypher-shell" in command
    assert "RETURN 1" in command
    [name] = re.findall(r"\$\$(\w+)", command)
    assert name in service["environment"]
    assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()


def test_data_outlives_the_container(compose: dict[str, Any], service: dict[str, Any]) -> None:
    """Data and logs lie in named volumes."""
    mounted = dict(each.split(":") for each in service["volumes"])
    assert set(mounted.values()) >= {"/data", "/logs"}
    assert mounted.keys() == compose["volumes"].keys()


def test_memory_is_set_and_can_be_changed(service: dict[str, Any]) -> None:
    """Heap and page cache have a size, which the environment may change."""
    memory = {name: value for name, value in service["environment"].items() if "_memory_" in name}
    assert set(memory) == {
        "NEO4J_server_memory_heap_initial__size",
        "NEO4J_server_memory_heap_max__size",
        "NEO4J_server_memory_pagecache_size",
    }
    assert all(re.fullmatch(r"\$\{NEO4J_\w+:-\d+[mg]\}", value) for value in memory.values())
    assert service["environment"]["NEO4J_dbms_usage__report_enabled"] == "false"


def test_no_variable_is_taken_for_a_setting(service: dict[str, Any]) -> None:
    """The image reads every NEO4J_ variable as a setting; those here are settings with a section of the manual."""
    names = {name for name in service["environment"] if name.startswith("NEO4J_")} - {"NEO4J_AUTH"}
    assert all(re.match(r"NEO4J_(server|dbms|db)_", name) for name in names)
