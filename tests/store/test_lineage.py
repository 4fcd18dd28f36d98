"""Lineage through the store, on both engines: any history gives what the pure core gives of the same events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import provgraph as pg
from provgraph.ancestry import build
from provgraph.errors import EngineError, InvalidValueError, NotFoundError, NotSavedError, UnknownFieldError
from tests.lineage.test_exact import events, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")

ANYTHING: Any = pg
"""provgraph as a program without types sees it."""


def file(name: str, made: pg.Run | bool = False) -> pg.Artifact:
    Path(name).write_text(name)
    return pg.Artifact(name, key=name, run=made or False).save()  # type: ignore[arg-type]


def run(name: str, kind: Any = "script") -> pg.Run:
    return pg.Run(pg.Transform(name=name, type=kind).save()).save()


def step(name: str, reads: list[pg.Artifact], makes: list[str], kind: Any = "script") -> list[pg.Artifact]:
    """Let a run of a transform read files and then make others."""
    running = run(name, kind)
    for each in reads:
        each.cache(is_run_input=running)
    return [file(each, running) for each in makes]


@pytest.fixture
def flow() -> dict[str, pg.Artifact]:
    """Raw -> clean -> table (and log) -> plot -> figure, with notes that the plot reads too."""
    raw, notes = file("raw"), file("notes")
    table, log = step("clean", [raw], ["table", "log"])
    (figure,) = step("plot", [table, notes], ["figure"], "notebook")
    return {each.key or "": each for each in (raw, notes, table, log, figure)}


# Any history


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=events(), data=st.data())
def test_any_history_gives_what_the_core_gives(
    store: Store, happened: list[tuple[str, str, bool]], data: st.DataObject
) -> None:
    """Of any records, direction and depth: the closure brings all that the exact rules need, and they choose."""
    prefix = f"{next(NUMBERS)}-"
    runs: dict[str, pg.Run] = {}
    artifacts: dict[str, pg.Artifact] = {}
    met: set[tuple[str, str]] = set()
    for name, key, is_read in happened:
        runs[name] = runs.get(name) or run(prefix + name)
        artifacts[key] = artifacts.get(key) or file(prefix + key)
        if (name, key) not in met:
            met.add((name, key))
            if is_read:
                artifacts[key].cache(is_run_input=runs[name])
            else:
                pg.Artifact(prefix + key, key=prefix + key, run=runs[name]).save()
    if not met:
        return
    names = {each.uid: name for name, each in (*runs.items(), *artifacts.items())}
    asked = data.draw(st.lists(st.sampled_from(sorted(names)), min_size=1, max_size=3, unique=True))
    direction = data.draw(st.sampled_from(["upstream", "downstream", "both"]))
    depth = data.draw(st.none() | st.integers(0, 3))
    siblings = data.draw(st.booleans())
    found = pg.lineage(asked, direction, depth=depth, siblings=siblings)
    wanted = build(
        numbered(happened), [names[uid] for uid in asked], direction=direction, depth=depth, siblings=siblings
    )
    assert {names[uid] for uid in found.nodes} == set(wanted.nodes)
    assert {(names[each.source], names[each.target]) for each in found.edges} == {
        (each.source, each.target) for each in wanted.edges
    }
    assert {names[uid] for uid in found.siblings} == wanted.siblings


NUMBERS: Iterator[int] = iter(range(1_000_000))


# What is asked for, and how


def test_a_record_is_named_in_any_way(flow: dict[str, pg.Artifact]) -> None:
    """By itself, its key, its uid, the beginning of its uid, or a file with its content."""
    figure = flow["figure"]
    Path("copy").write_text("figure")
    for each in (figure, "figure", figure.uid, figure.uid[:10], "copy", Path("copy"), [figure, "copy"]):
        assert set(pg.lineage(each, "upstream").artifacts.list("key")) == {"raw", "notes", "table", "log", "figure"}


def test_three_statements_whatever_is_asked(store: Store, flow: dict[str, pg.Artifact]) -> None:
    """Of one record, many, a transform, a collection."""
    everything = pg.Collection(list(flow.values()), name="all").save()
    transform = flow["figure"].transform
    for asked in (flow["figure"], list(flow.values()), transform, everything, [everything, transform, flow["raw"]]):
        before = store.engine.statements
        pg.lineage(asked)
        assert store.engine.statements - before <= 3


def test_a_transform_s_lineage_is_that_of_its_runs(flow: dict[str, pg.Artifact]) -> None:
    """Its runs are what was asked for."""
    transform = flow["table"].transform
    assert transform is not None
    found = transform.lineage()
    assert found.targets == set(transform.runs.uids())
    assert found.transforms.order_by("name").list("name") == ["clean", "plot"]


def test_a_collection_s_lineage_is_that_of_its_members(flow: dict[str, pg.Artifact]) -> None:
    """Its artifacts are what was asked for; one that no run made and read is there alone."""
    lonely = file("lonely")
    found = pg.Collection([flow["table"], lonely], name="some").save().lineage("upstream", siblings=False)
    assert found.targets == {flow["table"].uid, lonely.uid}
    assert set(found.artifacts.list("key")) == {"raw", "table", "lonely"}


def test_depth_ends_and_types_cut(flow: dict[str, pg.Artifact]) -> None:
    """A depth counts runs, an end is shown and not passed, types keep the runs of such transforms."""
    figure = flow["figure"]
    assert set(figure.lineage("upstream", depth=1).artifacts.list("key")) == {"notes", "table", "figure"}
    assert set(figure.lineage("upstream", until="table").artifacts.list("key")) == {"notes", "table", "figure"}
    until = figure.lineage("upstream", until=flow["table"].transform, siblings=False)
    assert until.transforms.list("name") == ["clean", "plot"]
    assert set(until.artifacts.list("key")) == {"notes", "table", "figure"}
    kept = flow["raw"].lineage(types="notebook")
    assert kept.transforms.list("name") == ["plot"]
    assert set(kept.artifacts.list("key")) == {"raw", "table", "figure"}


def test_the_creator_is_the_first_that_made_it_wherever_one_looks(store: Store) -> None:
    """Also where that run is not in the lineage, and where the file had been read before any run made it."""
    raw, read_first = file("raw"), file("read first")
    first, again = run("first"), run("again")
    read_first.cache(is_run_input=run("reader"))
    for each in ("made", "read first"):
        file(each, first)
    raw.cache(is_run_input=again)
    for each in ("made", "read first", "own"):
        file(each, again)
    before = store.engine.statements
    found = pg.lineage(raw, "downstream")
    assert store.engine.statements - before == 3
    creators = {found.nodes[edge.target].key: edge.is_creator for edge in found.edges if edge.kind == "output"}  # type: ignore[union-attr]
    assert creators == {"made": False, "read first": False, "own": True}
    above = pg.lineage("own", "upstream")
    assert {edge.is_creator for edge in above.edges if edge.target in above.siblings} == {False}
    whole = pg.lineage("read first", "upstream", siblings=False)
    assert {edge.source: edge.is_creator for edge in whole.edges if edge.kind == "output"} == {
        first.uid: True,
        again.uid: False,
    }


# Questions


def test_filters_walk(flow: dict[str, pg.Artifact]) -> None:
    """Upwards and downwards, joined with other lookups, of each registry; what was asked for is not among them."""
    assert pg.Artifact.filter(upstream_of="figure").order_by("key").list("key") == ["notes", "raw", "table"]
    assert pg.Artifact.filter(upstream_of=flow["figure"], run=None).order_by("key").list("key") == ["notes", "raw"]
    assert pg.Artifact.filter(downstream_of="raw", upstream_of="figure").list("key") == ["table"]
    assert pg.Artifact.filter(key__contains="a").exclude(downstream_of="raw").list("key") == ["raw"]
    assert pg.Run.filter(downstream_of="raw").count() == 2
    assert pg.Transform.filter(upstream_of=["figure", "log"]).list("name") == ["clean", "plot"]
    assert pg.Transform.filter(downstream_of="clean", type="notebook").list("name") == ["plot"]
    assert pg.Transform.filter(upstream_of="plot").list("name") == ["clean"]
    assert pg.Run.filter(upstream_of=flow["figure"].transform).list("transform__name") == ["clean"]
    some = pg.Collection([flow["table"], flow["notes"]], name="some").save()
    assert pg.Artifact.filter(upstream_of=some).list("key") == ["raw"]
    with pytest.raises(UnknownFieldError, match="Artifact, Run, Transform"):
        pg.User.filter(upstream_of="figure")
    with pytest.raises(NotFoundError, match="'figure'"):
        pg.Artifact.filter(upstream_of="figur")


def test_walks_are_conditions_as_others(flow: dict[str, pg.Artifact]) -> None:
    """In a `Q`, beside others and turned round."""
    either = pg.Artifact.filter(pg.Q(upstream_of="table") | pg.Q(key="notes"))
    assert sorted(either.list("key")) == ["notes", "raw"]
    assert sorted(pg.Artifact.filter(~pg.Q(downstream_of=flow["raw"])).list("key")) == ["notes", "raw"]
    with pytest.raises(UnknownFieldError, match="Artifact, Run, Transform"):
        pg.User.filter(pg.Q(upstream_of="figure"))


def test_the_sources_are_what_no_run_made(flow: dict[str, pg.Artifact]) -> None:
    """Of one record or several."""
    assert flow["figure"].sources().order_by("key").list("key") == ["notes", "raw"]
    assert pg.sources(["table", "log"]).list("key") == ["raw"]
    assert flow["raw"].sources().list("key") == ["raw"]


def test_the_impact_is_what_was_made_from_it(flow: dict[str, pg.Artifact], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the runs, and the users to tell."""
    found = flow["raw"].impact()
    assert set(found.artifacts.list("key")) == {"table", "log", "figure"}
    assert found.runs.count() == 2
    assert found.users.list("handle") == ["testuser1"]
    assert len(flow["figure"].impact()) == 0
    assert set(pg.impact(["raw", "table"]).artifacts.list("key")) == {"table", "log", "figure"}
    assert pg.impact(["table", "notes"]).artifacts.list("key") == ["figure"]
    some = pg.Collection([flow["raw"], flow["table"], flow["notes"]], name="some").save()
    assert set(some.impact().artifacts.list("key")) == {"table", "log", "figure"}
    assert set(pg.impact("clean").artifacts.list("key")) == {"table", "log", "figure"}


def test_a_path_says_how_one_led_to_the_other(flow: dict[str, pg.Artifact]) -> None:
    """Whichever came first; None where neither led to the other."""
    found = pg.path_between("figure", "raw")
    assert found is not None
    assert [each.title() for each in found.chain if isinstance(each, pg.Artifact)] == ["raw", "table", "figure"]
    assert found.chain == pg.path_between("raw", "figure").chain  # type: ignore[union-attr]
    assert set(found.lineage.artifacts.list("key")) == {"raw", "table", "figure"}
    assert [line.split()[0::2] for line in repr(found).splitlines()] == [
        [each.label.lower(), (each.transform or each).title() if isinstance(each, pg.Run) else each.title()]
        for each in found.chain
    ]
    assert pg.path_between("notes", "raw") is None
    assert pg.path_between("log", "figure") is None
    assert repr(pg.impact("raw")) == repr(pg.impact("raw").view())
    for itself in (flow["log"], pg.Run.filter(outputs=flow["log"]).one()):
        alone = pg.path_between(itself, itself)
        assert alone is not None
        assert (alone.chain, list(alone.lineage.nodes)) == ([itself], [itself.uid])


def test_common_ancestors_are_what_both_were_made_from(flow: dict[str, pg.Artifact]) -> None:
    """The files, and the runs that made both."""
    found = pg.common_ancestors("log", "figure")
    assert found.artifacts.list("key") == ["raw"]
    assert found.transforms.list("name") == ["clean"]
    assert len(pg.common_ancestors("notes", "raw")) == 0


def test_lineages_join_and_part(flow: dict[str, pg.Artifact]) -> None:
    """And stay lineages with query sets, frames and pictures."""
    above, below = flow["table"].lineage("upstream"), flow["table"].lineage("downstream")
    assert set((above | below).artifacts.list("key")) == {"raw", "table", "log", "figure"}
    assert set((below - above).artifacts.list("key")) == {"figure"}
    assert (above | below).nodes_df.loc[flow["raw"].uid, "name"] == "raw"
    assert (above | below).edges_df["kind"].tolist().count("output") == 3
    assert "raw" in repr(above)
    assert "srcdoc" in above._repr_html_()


# What cannot be


def test_what_has_no_lineage_is_named(flow: dict[str, pg.Artifact]) -> None:
    """Each with what to do."""
    figure = flow["figure"]
    user = pg.User.get(handle="testuser1")
    some = pg.Collection([figure], name="some").save()
    for call, error, words in (
        (lambda: figure.lineage("sideways"), InvalidValueError, "upstream, downstream, both"),
        (lambda: figure.lineage(depth=-1), InvalidValueError, "depth"),
        (lambda: figure.lineage(depth=True), InvalidValueError, "depth"),
        (lambda: figure.lineage(depth=10**12), InvalidValueError, "depth"),
        (lambda: figure.lineage(types="notbook"), InvalidValueError, "'notebook'"),
        (lambda: ANYTHING.lineage(figure, types=3), InvalidValueError, "no transform type 3"),
        (lambda: figure.lineage(until=user), InvalidValueError, "no lineage ends at a User"),
        (lambda: figure.lineage(until=["raw", some]), InvalidValueError, "no lineage ends at a Collection"),
        (lambda: pg.path_between(some, some), InvalidValueError, "Give artifacts or runs"),
        (lambda: figure.lineage(until=3), InvalidValueError, "names no record"),
        (lambda: pg.lineage(user), InvalidValueError, "a User has no lineage"),
        (lambda: pg.lineage("figur"), NotFoundError, "'figure'"),
        (lambda: pg.lineage(None), InvalidValueError, "names no record"),
        (lambda: pg.lineage(pg.Artifact("figure", key="x")), NotSavedError, "Save it first"),
        (lambda: pg.path_between(figure, figure.transform), InvalidValueError, "Give artifacts or runs"),
        (lambda: pg.path_between(figure, "nope"), NotFoundError, "nope"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_a_file_that_nobody_saved_is_named(flow: dict[str, pg.Artifact]) -> None:
    """It is on disk, and in no graph."""
    Path("stranger.csv").write_text("?")
    with pytest.raises(NotFoundError, match=r"content of the file stranger\.csv"):
        pg.sources("stranger.csv")


def test_a_record_that_is_gone_is_named(flow: dict[str, pg.Artifact]) -> None:
    """Another process removed it meanwhile; of one without runs or members the lineage is empty."""
    figure = flow["figure"]
    gone: list[Any] = [figure, figure.run, figure.transform, pg.Collection([figure], name="some").save()]
    for record in gone:
        pg.cypher("MATCH (n {uid: $n}) DETACH DELETE n", n=record, write=True)
        for call in (pg.lineage, pg.sources, pg.impact, pg.explain, pg.contributors):
            with pytest.raises(NotFoundError, match=f"{record.label} {record.uid} is not in this graph"):
                call(record)
    with pytest.raises(NotFoundError, match="is not in this graph"):
        pg.makers(figure)
    assert len(pg.Transform(name="idle").save().lineage()) == 0


def test_the_deepest_depth_is_answered(flow: dict[str, pg.Artifact]) -> None:
    """By both engines."""
    assert flow["figure"].lineage(depth=1_000_000).order == flow["figure"].lineage().order


def test_an_edge_without_order_is_named(flow: dict[str, pg.Artifact]) -> None:
    """With what to do about it, where the lineage would have to guess."""
    pg.cypher("MATCH (:Artifact {uid: $a})-[i:INPUT_OF]->() REMOVE i.saw", a=flow["raw"], write=True)
    with pytest.raises(EngineError, match=rf"INPUT_OF of artifact {flow['raw'].uid} and run .*provgraph check"):
        flow["figure"].lineage()


def test_a_ladder_of_two_hundred_layers_is_walked_at_once(store: Store) -> None:
    """Two to the two-hundredth ways, as many rows as edges; a depth cuts it."""
    ladder(store, 200)
    found = pg.lineage(f"{store.space}-200", "upstream", siblings=False)
    assert len(found) == 199 * 4 + 2
    assert len(pg.lineage(f"{store.space}-200", "upstream", depth=3, siblings=False)) == (1 + 2 + 2) + (1 + 2 + 2 + 2)


def ladder(store: Store, layers: int) -> None:
    """Write runs in layers of two, each reading both files of the layer before; the last file has a key."""
    nodes = """
    UNWIND range(1, $layers) AS layer UNWIND [0, 1] AS side
    CREATE (r:Run {uid: $space + '-r' + toString(layer) + '-' + toString(side), space: $space, status: 'completed',
                   deleted: false, created_us: layer})
    CREATE (a:Artifact {uid: $space + '-a' + toString(layer) + '-' + toString(side), space: $space, kind: 'data',
                        deleted: false, is_latest: true, created_us: layer})
    CREATE (a)-[:OUTPUT_OF {seq: 1, step: 3}]->(r)
    """
    edges = """
    UNWIND range(2, $layers) AS layer UNWIND [0, 1] AS side UNWIND [0, 1] AS below
    MATCH (r:Run {uid: $space + '-r' + toString(layer) + '-' + toString(side)})
    MATCH (a:Artifact {uid: $space + '-a' + toString(layer - 1) + '-' + toString(below)})
    MATCH (p:Run {uid: $space + '-r' + toString(layer - 1) + '-' + toString(below)})
    CREATE (a)-[:INPUT_OF {saw: 2, step: 1}]->(r)
    CREATE (r)-[:PREDECESSOR]->(p)
    """
    transform = "MATCH (t:Transform {uid: $t}) MATCH (r:Run {space: $space}) CREATE (r)-[:RUN_OF]->(t)"
    last = "MATCH (a:Artifact {uid: $space + '-a' + toString($layers) + '-0'}) SET a.key = $space + '-200'"
    uid = pg.Transform(name="rung").save().uid

    def write(transaction: Any) -> None:
        for each in (nodes, edges, transform, last):
            used = {"layers": layers, "space": store.space, "t": uid}
            transaction.run(each, **{name: value for name, value in used.items() if f"${name}" in each})

    store.engine.write(write)


def test_an_explanation_names_code_parameters_packages_and_hashes(store: Store) -> None:
    """As Markdown, from what was recorded."""
    Path("step.py").write_text("import pandas as pd\nimport hypothesis.strategies\n")
    running = pg.track(path="step.py", params={"cutoff": 0.01})
    assert running is not None
    raw = pg.use(file("raw").path)
    made = pg.Artifact("step.py", key="out.py").save()
    pg.finish()
    before = store.engine.statements
    text = made.explain()
    assert store.engine.statements - before < 20
    assert raw.name
    for words in ("## 1. `step.py` (script)", "`cutoff=0.01`", "pandas 2.", "hypothesis 6.", "- read:\n  - `raw`"):
        assert words in text
    assert text == pg.explain("out.py") == text._repr_markdown_()


def test_a_record_of_another_instance_is_named(project: Path) -> None:
    """It is not in this graph, whatever is asked of it."""
    artifact = file("here")
    (project / "other").mkdir()
    pg.init(project / "other", name=f"{project.parent.name}-other", shared=True)
    if pg.info()["engine"] != "local":  # one server: the record is there, in another space
        assert len(artifact.lineage()) == 1
        return
    for call in (artifact.lineage, artifact.load, lambda: pg.path_between(artifact, artifact), artifact.explain):
        with pytest.raises(NotFoundError, match="belongs to another instance"):
            call()
    pg.stop()
