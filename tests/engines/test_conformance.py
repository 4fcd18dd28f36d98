"""The conformance suite, on both engines and as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provgraph.engines.conformance import CASES, DifferenceError
from provgraph.engines.conformance.__main__ import main
from provgraph.engines.conformance.room import Room, refused, same
from provgraph.errors import QueryError, SetupError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.bolt import BoltEngine
    from provgraph.engines.contract import Engine
    from tests.support.neo4j_server import Neo4jServer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_case(case: Callable[[Engine], None], engine: BoltEngine) -> None:
    """Each case holds on both engines."""
    case(engine)


def test_every_case_has_a_claim_and_a_name() -> None:
    """Every case states its claim, and no two have one name."""
    assert all(case.__doc__ for case in CASES)
    assert len({case.__name__ for case in CASES}) == len(CASES) >= 70


def test_a_case_leaves_nothing(engine: BoltEngine) -> None:
    """A room removes its nodes and constraints when its case fails, too."""
    room = Room(engine)

    def fail() -> None:
        with room:
            room.unique("uid")
            room.write("CREATE (:ROOM {uid: 1})-[:MEMBER_OF]->(:ROOM {uid: 2})")
            same(1, 2)

    with pytest.raises(DifferenceError):
        fail()
    assert room.read("MATCH (n:ROOM) RETURN count(n)") == [[0]]
    names = engine.read("SHOW CONSTRAINTS YIELD name RETURN collect(name)")[0][0]
    assert not [name for name in names if room.label.lower() in name.lower()]


def test_a_wrong_answer_is_a_difference() -> None:
    """`same` and `refused` fail for another value, another type, no error and another error."""
    with pytest.raises(DifferenceError, match="2 was expected"):
        same(1, 2)
    with pytest.raises(DifferenceError):
        same(1, 1.0)
    with pytest.raises(DifferenceError, match="the answer 3 came"):
        refused(QueryError, lambda: 3)

    def fail() -> None:
        raise SetupError("no", "Mend it.")

    with pytest.raises(DifferenceError, match="SetupError came"):
        refused(UsageError, fail)


def test_the_command_takes_a_url(
    neo4j_server: Neo4jServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`python -m provgraph.engines.conformance URL` prints one line a case and gives the number of failures."""
    monkeypatch.setattr("provgraph.engines.conformance.CASES", CASES[:3])
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_server.username)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    assert main([neo4j_server.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["holds", "holds", "holds", "3"]
    assert lines[-1] == "3 of 3 cases hold"


def test_the_command_without_a_url_is_local(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a URL the suite runs on a local engine of its own; a case that fails is named and counted."""

    def wrong(engine: Engine) -> None:
        """One is two."""
        same(engine.read("RETURN 1"), [[2]])

    monkeypatch.setattr("provgraph.engines.conformance.CASES", [CASES[0], wrong])
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "FAILED  wrong: One is two." in out
    assert out.endswith("1 of 2 cases hold\n")
