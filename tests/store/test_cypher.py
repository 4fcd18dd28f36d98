"""`pg.cypher`: what goes in as a parameter, what comes back, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import DeadlineError, QueryError

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")

MOMENT = datetime(2024, 12, 20, 15, 9, 33, 250_000, UTC)


def given(value: Any) -> Any:
    """What the graph holds of a parameter."""
    return pg.cypher("RETURN $x AS x", x=value)[0]["x"]


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        (pd.Series(["a", "b"]), ["a", "b"]),
        (pd.DataFrame({"gene": ["CD3E"], "n": [3]}), [{"gene": "CD3E", "n": 3}]),
        (Path("a/b.csv"), "a/b.csv"),
        ({"paths": [Path("a")], "at": MOMENT}, {"paths": ["a"], "at": MOMENT.isoformat()}),
        ({"a"}, ["a"]),
        (None, None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.DataFrame({"at": [pd.NaT], "n": [pd.NA]}), [{"at": None, "n": None}]),
    ],
)
def test_a_value_of_python_is_a_value_of_the_graph(value: object, held: object) -> None:
    """Also those of numpy and pandas, and inside of lists and maps."""
    assert given(value) == held


@pytest.mark.parametrize(
    "at",
    [
        MOMENT,
        MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))),
        MOMENT.astimezone().replace(tzinfo=None),
        pd.Timestamp(MOMENT),
        pd.Timestamp(MOMENT.astimezone().replace(tzinfo=None)),
    ],
)
def test_a_time_is_the_same_moment_in_the_graph(at: datetime) -> None:
    """One without a zone is this machine's; a stored time comes back as Python's."""
    pg.cypher("CREATE (:Moment {space: 'moments', at: datetime($at)})", at=at, write=True)
    try:
        assert pg.cypher("MATCH (m:Moment) RETURN m.at AS at") == [{"at": MOMENT}]
    finally:
        pg.cypher("MATCH (m:Moment) DELETE m", write=True)


def test_a_value_that_is_taken_is_no_race() -> None:
    """The query is to be mended, not tried again."""
    one, other = (pg.Transform(name=name).save() for name in ("one", "other"))
    query = "MATCH (t:Transform {uid: $other}) SET t.uid = $uid"
    with pytest.raises(QueryError, match=r"a value that another one has alone: .*Mend it"):
        pg.cypher(query, uid=one.uid, other=other.uid, write=True)
    assert pg.Transform.get(other.uid) == other


def test_a_record_stands_for_its_uid() -> None:
    """Alone and in a list."""
    step = pg.Transform(name="align").save()
    assert given(step) == step.uid
    assert pg.cypher("MATCH (t:Transform) WHERE t.uid IN $all RETURN t.name AS name", all=[step]) == [{"name": "align"}]


def test_rows_are_dicts_and_a_frame() -> None:
    """In the query's order, with its columns also when there is no row."""
    answer = pg.cypher("UNWIND [2, 1] AS n RETURN n, n * n AS square")
    assert answer == [{"n": 2, "square": 4}, {"n": 1, "square": 1}]
    assert answer.df()["square"].tolist() == [4, 1]
    assert pg.cypher("MATCH (n:Nothing) RETURN n.uid AS uid, 1 AS one").df().columns.tolist() == ["uid", "one"]


def test_nodes_edges_paths_and_durations_are_python_s() -> None:
    """A node of ours is its record; a semicolon ends a query, and parameters may be one dict."""
    size = Path("a.txt").write_text("1")
    step = pg.Transform(name="align").save()
    run = pg.Run(step).save()
    made = pg.Artifact("a.txt", key="a.txt", run=run).save()
    row = pg.cypher("MATCH p = (a:Artifact {uid: $a})-[o:OUTPUT_OF]->(r) RETURN a, o, r, p, [a] AS l;", {"a": made})[0]
    assert (row["a"], row["r"], row["l"], row["a"].size) == (made, run, [made], size)
    assert (row["o"]["type"], row["o"]["seq"]) == ("OUTPUT_OF", 1)
    assert (row["p"]["nodes"], [each["type"] for each in row["p"]["edges"]]) == ([made, run], ["OUTPUT_OF"])
    held = pg.cypher("RETURN duration('PT1H') AS hour, duration('P2M') AS months, {x: [date('2024-12-20')]} AS m")[0]
    assert held == {"hour": timedelta(hours=1), "months": "P2M", "m": {"x": [date(2024, 12, 20)]}}


def test_a_node_of_others_is_a_dict() -> None:
    """With its labels, so that nothing of it is lost."""
    pg.cypher("CREATE (:Moment {space: 'moments', n: 1})", write=True)
    try:
        (row,) = pg.cypher("MATCH (m:Moment) RETURN m")
        assert row == {"m": {"labels": ["Moment"], "space": "moments", "n": 1}}
    finally:
        pg.cypher("MATCH (m:Moment) DELETE m", write=True)


@pytest.mark.parametrize(
    ("query", "line", "before"),
    [
        ("MATCH (t:Transform)\nRETRUN t", "RETRUN t", ""),
        ("\n  \n MATCH (t:Transform)\n\tRETRUN t", "\tRETRUN t", "\t"),
        ("\t\tRETRUN 1", "RETRUN 1", ""),
        ("RETURN 1 RETRUN", "RETURN 1 RETRUN", " " * 9),
        ("RETURN 1\tRETRUN", "RETURN 1\tRETRUN", " " * 8 + "\t"),
        ("RETURN '\u65e5\u672c' RETRUN", "RETURN '\u65e5\u672c' RETRUN", " " * 14),
        ("RETURN '\U0001f600' RETRUN", "RETURN '\U0001f600' RETRUN", " " * 12),
        ("RETURN 'e\u0301' RETRUN", "RETURN 'e\u0301' RETRUN", " " * 11),
    ],
)
def test_a_syntax_error_shows_its_line_and_a_caret(query: str, line: str, before: str) -> None:
    """Below the very place, on both engines: in several lines, behind tabs, wide characters and accents."""
    with pytest.raises(QueryError) as raised:
        pg.cypher(query)
    shown = str(raised.value).split("\n")
    place = shown.index(f"  {line}")
    assert shown[place + 1] == f"  {before}^"


def test_a_query_that_is_not_whole_is_pointed_at_its_end() -> None:
    """Not at what was added behind it."""
    with pytest.raises(QueryError) as raised:
        pg.cypher("MATCH (t:Transform)\nRETURN")
    assert str(raised.value).split("\n")[-3:-1] == ["  RETURN", "        ^"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "is no query"),
        (" ", "is no query"),
        ("MATCH (n RETURN n", "the query is wrong"),
        ("MATCH (n {uid: $missing}) RETURN n", "missing"),
        ("CREATE (n:Thing) RETURN n", "only reading is allowed"),
        ("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", "LOAD CSV"),
    ],
)
def test_a_query_that_cannot_be_is_named(query: str, words: str) -> None:
    """With what to do; nothing is written."""
    with pytest.raises(QueryError) as raised:
        pg.cypher(query)
    assert words in str(raised.value)
    assert "/* provgraph" not in str(raised.value)
    assert pg.cypher("MATCH (n:Thing) RETURN count(n) AS n") == [{"n": 0}]


def test_a_query_that_does_not_end_is_ended() -> None:
    """At the deadline; the next one is answered."""
    pg.settings.deadline = 0.5
    with pytest.raises(DeadlineError, match=r"pg\.settings\.deadline"):
        pg.cypher("UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS n")
    pg.settings.deadline = 30
    assert pg.cypher("RETURN 1 AS one") == [{"one": 1}]


def flow() -> list[Any]:
    """Raw -> clean -> table, and a run that read nothing."""
    Path("raw.txt").write_text("1")
    raw = pg.Artifact("raw.txt", key="raw.txt", run=False).save()
    clean = pg.Run(pg.Transform(name="clean").save()).save()
    raw.cache(is_run_input=clean)
    table = pg.Artifact("raw.txt", key="table.txt", run=clean).save()
    return [raw, clean, table, pg.Run(pg.Transform(name="idle").save()).save()]


def test_the_nodes_of_an_answer_are_a_graph() -> None:
    """With the edges between them, wherever in the rows they stand; what was not returned is not in it."""
    raw, clean, table, idle = flow()
    found = pg.cypher("MATCH p = (:Artifact {key: 'raw.txt'})-[:INPUT_OF]->(:Run) RETURN {p: [p]} AS held").graph()
    assert (found.order, len(found.edges)) == ([raw.uid, clean.uid], 1)
    whole = pg.cypher("MATCH (n) WHERE n.space = $space AND (n:Run OR n:Artifact) RETURN n", space=table.space).graph()
    assert set(whole.nodes) == {raw.uid, clean.uid, table.uid, idle.uid}
    assert {(each.source, each.target) for each in whole.edges} == {(raw.uid, clean.uid), (clean.uid, table.uid)}
    assert whole.targets == frozenset()
    assert whole.runs.count() == 2
    assert "clean" in repr(whole)
    with pytest.raises(QueryError, match="no runs or artifacts"):
        pg.cypher("MATCH (t:Transform) RETURN t").graph()


def test_the_edges_of_an_answer_bring_their_ends(store: Store) -> None:
    """Alone, inside of maps, and beside one of their ends; what is neither a run nor an artifact is not drawn."""
    raw, clean, table, _ = flow()
    for returned in ("o", "{edges: [o]} AS held", "a, o", "o, r"):
        found = pg.cypher(f"MATCH (a:Artifact {{uid: $a}})-[o:OUTPUT_OF]->(r) RETURN {returned}", a=table)
        before = store.engine.statements
        assert [(each.source, each.target) for each in found.graph().edges] == [(clean.uid, table.uid)]
        assert store.engine.statements - before <= 3
    other = pg.cypher("MATCH (r:Run {uid: $r})-[e]->() RETURN e", r=clean).graph()
    assert (other.order, len(other.edges)) == ([clean.uid], 0)
    whole = pg.cypher("MATCH (:Run {uid: $r})<-[e]-(:Artifact) RETURN e", r=clean).graph()
    assert (whole.order, len(whole.edges)) == ([raw.uid, clean.uid, table.uid], 2)
    with pytest.raises(QueryError, match="nodes or edges"):
        pg.cypher("MATCH (:Transform)-[e:CREATED_BY]->() RETURN e LIMIT 1").graph()


def test_a_predecessor_is_drawn_by_what_lies_between() -> None:
    """The artifacts that one run had made before the other read them, and no other ones."""
    _, clean, table, _ = flow()
    plot = pg.Run(pg.Transform(name="plot").save()).save()
    table.cache(is_run_input=plot)
    Path("late.txt").write_text("2")
    late = pg.Artifact("late.txt", key="late.txt", run=False).save()
    late.cache(is_run_input=plot)
    pg.Artifact("late.txt", key="late.txt", run=clean).save()
    query = "MATCH (r:Run {uid: $r})-[p:PREDECESSOR]->(q:Run)"
    for returned in ("r, p, q", "p"):
        found = pg.cypher(f"{query} RETURN {returned}", r=plot).graph()
        assert found.order == [clean.uid, table.uid, plot.uid]
        assert len(found.edges) == 2
    assert len(pg.cypher(f"{query} RETURN r, q", r=plot).graph().edges) == 0


def test_a_graph_of_an_answer_takes_two_statements(store: Store) -> None:
    """However many nodes there are."""
    flow()
    answer = pg.cypher("MATCH (n) WHERE n:Run OR n:Artifact RETURN n")
    before = store.engine.statements
    answer.graph()
    assert store.engine.statements - before == 2


def test_too_many_rows_are_an_error_or_in_a_notebook_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A million rows harm nobody; what writes is not cut, and exactly as many as may be are all."""
    pg.settings.rows_max = 10
    assert len(pg.cypher("UNWIND range(1, 10) AS n RETURN n")) == 10
    with pytest.raises(QueryError, match=r"more than 10 rows.*LIMIT"):
        pg.cypher("UNWIND range(1, 1000000) AS n RETURN n")
    assert len(pg.cypher("UNWIND range(1, 20) AS n RETURN n", write=True)) == 20
    monkeypatch.setattr("provgraph.store.cypher.in_notebook", lambda: True)
    assert [row["n"] for row in pg.cypher("UNWIND range(1, 1000000) AS n RETURN n")] == list(range(1, 11))
    assert "more than 10 rows; these are the first" in capsys.readouterr().err
    pg.settings.rows_max = 200
    shown = pg.cypher("UNWIND range(1, 150) AS n RETURN n")._repr_html_()
    assert "the first 100 of 150 rows" in shown
    assert (">100<" in shown, ">101<" in shown) == (True, False)


def test_a_time_without_a_zone_is_exact_up_to_the_ends_of_the_calendar() -> None:
    """To the microsecond; the last one has a place in UTC wherever the machine is."""
    moments = [MOMENT.replace(microsecond=each).astimezone().replace(tzinfo=None) for each in range(0, 10**6, 997)]
    assert [datetime.fromisoformat(each).microsecond for each in given(moments)] == [*range(0, 10**6, 997)]
    ends = [datetime.min, datetime.max]  # noqa: DTZ901 - as a person gives it
    assert [each[:4] for each in given(ends)] == ["0001", "9999"]
