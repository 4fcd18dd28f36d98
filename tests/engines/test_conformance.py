"""The conformance suite, on both engines and as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provgraph.engines.conformance import CASES, DifferenceError
from provgraph.engines.conformance.__main__ import main
from provgraph.engines.conformance.room import Room, case, refused, same
from provgraph.errors import ProvgraphError, QueryError, SetupError, UsageError
from tests.conftest import connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.engines.bolt import BoltEngine
    from tests.support.neo4j_server import Neo4jServer


@pytest.fixture(scope="module", params=["local", "neo4j"])
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    """The one room of all cases on each of the two engines in turn."""
    with connected(request) as engine, Room(engine) as room:
        yield room


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_case(case: Callable[[Room], None], room: Room) -> None:
    """Each case holds on both engines."""
    case(room)


def test_every_case_has_a_claim_and_a_name() -> None:
    """Every case states its claim, and no two have one name."""
    assert all(case.__doc__ for case in CASES)
    assert len({case.__name__ for case in CASES}) == len(CASES) >= 70


def test_nothing_is_left(engine: BoltEngine) -> None:
    """A case that fails leaves no nodes to the next; the room leaves no nodes, constraints and indexes."""

    @case
    def failing(room: Room) -> None:
        """It fails."""
        room.having(unique="uid", index="key")
        room.write("CREATE (:ROOM {uid: 1})-[:MEMBER_OF]->(:ROOM {uid: 2})")
        same(1, 2)

    CASES.remove(failing)
    with Room(engine) as room:
        for _ in range(2):
            with pytest.raises(DifferenceError, match="1, and 2"):
                failing(room)
        assert len(_defined(room)) == 2
        room.having(unique="uid", index="key")
        assert room.read("MATCH (n:ROOM) RETURN count(n)") == [[0]]
        room.write("CREATE (:ROOM {uid: 1})")
        room.having(unique="slot")
    assert _defined(room) == []
    room.having(unique="uid", index="key")
    assert room.read("MATCH (n:ROOM) RETURN count(n)") == [[0]]
    with room:
        pass


def test_what_cannot_be_removed_hinders_nothing_else(engine: BoltEngine) -> None:
    """It is raised when the rest is gone."""
    room = Room(engine)
    room.having(unique="uid")
    room.having(unique="slot")
    label = f"{room.plain}_unique_uid"
    kept, room._defined[label] = room._defined[label], ("DROP NOTHING",)
    with pytest.raises(ProvgraphError), room:
        pass
    assert _defined(room) == [f"{label}_c".lower()]
    room._change(kept[0])
    assert _defined(room) == []


def _defined(room: Room) -> list[str]:
    """Give what of the schema is the room's: constraints, and indexes that are not theirs."""
    own = f"name STARTS WITH '{room.plain.lower()}'"
    constraints = room.read(f"SHOW CONSTRAINTS YIELD name WHERE {own} RETURN collect(name)")[0][0]
    indexes = room.read(f"SHOW INDEXES YIELD name WHERE {own} RETURN collect(name)")[0][0]
    return sorted({*constraints, *indexes})


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

    def wrong(room: Room) -> None:
        """One is two."""
        same(room.read("RETURN 1"), [[2]])

    monkeypatch.setattr("provgraph.engines.conformance.CASES", [CASES[0], wrong])
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "FAILED  wrong: One is two." in out
    assert out.endswith("1 of 2 cases hold\n")
