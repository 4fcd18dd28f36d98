"""docker-compose.yml starts a Neo4j that is safe to start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def compose() -> Any:
    """The file, read."""
    return yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())


@pytest.fixture
def neo4j(compose: Any) -> Any:
    """Its one service."""
    [service] = compose["services"].values()
    return service


def test_it_is_a_fixed_community_version(neo4j: Any) -> None:
    """The image is Neo4j 5.26 Community, of one exact version."""
    assert re.fullmatch(r"neo4j:5\.26\.\d+-community", neo4j["image"])


def test_only_this_machine_reaches_it(neo4j: Any) -> None:
    """Browser and Bolt are published on the loopback alone."""
    assert neo4j["ports"] == ["127.0.0.1:7474:7474", "127.0.0.1:7687:7687"]


def test_the_password_comes_from_the_environment(neo4j: Any) -> None:
    """Each use of the password stops with a sentence when the variable is missing or empty; none has a default."""
    variables = neo4j["environment"]
    used = [value for value in variables.values() if "NEO4J_PASSWORD" in value]
    assert variables["NEO4J_AUTH"] in used
    assert all(re.fullmatch(r"(neo4j/)?\$\{NEO4J_PASSWORD:\?set NEO4J_PASSWORD [^}]+\}", value) for value in used)
    assert "NEO4J_PASSWORD" not in variables, "the image would take it for a setting and not start"


def test_data_and_logs_outlive_the_container(compose: Any, neo4j: Any) -> None:
    """Both lie in named volumes that are declared."""
    names = dict(volume.split(":") for volume in neo4j["volumes"])
    assert set(names.values()) == {"/data", "/logs"}
    assert set(names) == set(compose["volumes"])


def test_memory_is_bounded(neo4j: Any) -> None:
    """Heap and page cache have sizes, in the image's spelling of the settings."""
    memory = {name: value for name, value in neo4j["environment"].items() if "_memory_" in name}
    assert set(memory) == {
        "NEO4J_server_memory_heap_initial__size",
        "NEO4J_server_memory_heap_max__size",
        "NEO4J_server_memory_pagecache_size",
    }
    assert all(re.fullmatch(r"\$\{NEO4J_\w+:-\d+[mg]\}", value) for value in memory.values())


def test_its_health_is_an_answer_to_a_query(neo4j: Any) -> None:
    """Healthy means that Cypher is answered; the password is read inside the container, not written into the file."""
    kind, command = neo4j["healthcheck"]["test"]
    assert (kind, command.split()[0]) == ("CMD-SHELL", "cypher-shell")
    assert '"$$CHECK_PASSWORD"' in command
    assert neo4j["environment"]["CHECK_PASSWORD"].startswith("${NEO4J_PASSWORD:?")
