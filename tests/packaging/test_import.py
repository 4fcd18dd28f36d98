"""Importing provgraph stays quick: what is heavy is imported when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import provgraph as pg
from tests.support.processes import surroundings

HEAVY = ("neo4j", "pandas", "numpy", "anndata", "pyvis", "pyarrow", "rich", "pydantic")

DRIVER = ("neo4j", "numpy", "pandas", "pyarrow")
"""The driver, and what it imports where it is installed."""


def heavy_after(code: str) -> list[str]:
    report = f"{code}\nimport sys\nprint(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    environment = surroundings()
    command = [sys.executable, "-P", "-c", report]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()[-1].split() if done.stdout.strip() else []


def test_importing_loads_nothing_heavy() -> None:
    """Neither the driver nor anything of tables, pages or models comes with `import provgraph`."""
    assert heavy_after("import provgraph") == []


def test_what_is_heavy_would_be_seen() -> None:
    """The test above can fail: using a registry does load its models."""
    assert "pydantic" in heavy_after("import provgraph\nprovgraph.Artifact")


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ("cli.main(['init'], standalone_mode=False)", {"neo4j"}),
        ("cli.main(['init'], standalone_mode=False); import pandas; pandas.DataFrame()", set(DRIVER)),
        ("provgraph.init(); import numpy; provgraph.cypher('RETURN $n', n=numpy.int64(1))", set(DRIVER)),
    ],
)
def test_only_a_command_spares_itself_what_comes_with_the_driver(words: str, loaded: set[str]) -> None:
    """A user's own program may give the driver values of pandas; a command may need it afterwards."""
    assert loaded == set(heavy_after(f"import provgraph\nfrom provgraph import cli\n{words}")) & set(DRIVER)


@pytest.mark.parametrize("name", pg.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name of `__all__` can be asked for, and is completed."""
    assert getattr(pg, name) is not None
    assert name in dir(pg)


def test_an_unknown_name_is_python_s_own_error() -> None:
    """So that `hasattr` and typing tools work."""
    with pytest.raises(AttributeError, match="trak"):
        pg.trak  # noqa: B018 - asking for it is the test
