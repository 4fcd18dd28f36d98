"""Queries: filters, relations, order, search and look-ups give the same on both engines, with one query a call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import provgraph as pg
from provgraph.errors import AmbiguousError, InvalidValueError, NotFoundError, UnknownFieldError
from provgraph.lookups import Q, compile_count
from provgraph.lookups.expressions import LONG
from tests.support.engines import on_local

if TYPE_CHECKING:
    from provgraph.store.store import Store


@dataclass(frozen=True)
class World:
    """A small project: two transforms, two runs, four files."""

    align: pg.Transform
    count: pg.Transform
    first: pg.Run
    second: pg.Run
    files: dict[str, pg.Artifact]


@pytest.fixture
def world(store: Store) -> World:
    align = pg.Transform(name="Align reads", key="align.py", type="script").save()
    count = pg.Transform(name="Count genes", key="count.ipynb", type="notebook").save()
    first, second = pg.Run(align, params={"x": 1}).save(), pg.Run(count).save()
    files: dict[str, pg.Artifact] = {}
    for name, maker in (("raw.fastq", None), ("reads.bam", first), ("counts.csv", second), ("Plot.png", second)):
        Path(name).write_text(name * (3 if name.endswith("csv") else 1))
        described = "the counts" if name == "counts.csv" else None
        files[name] = pg.Artifact(name, key=name, run=maker or False, description=described)
    files["raw.fastq"].save().cache(is_run_input=first)
    files["reads.bam"].save().cache(is_run_input=second)
    pg.save([files["counts.csv"], files["Plot.png"]])
    return World(align, count, first, second, files)


LOOKUPS: list[tuple[dict[str, Any], set[str]]] = [
    ({"key": "reads.bam"}, {"reads.bam"}),
    ({"key__iexact": "plot.PNG"}, {"Plot.png"}),
    ({"key__contains": "a"}, {"raw.fastq", "reads.bam"}),
    ({"key__icontains": "PLOT"}, {"Plot.png"}),
    ({"key__startswith": "r"}, {"raw.fastq", "reads.bam"}),
    ({"key__istartswith": "p"}, {"Plot.png"}),
    ({"key__endswith": ".csv"}, {"counts.csv"}),
    ({"key__iendswith": ".PNG"}, {"Plot.png"}),
    ({"key__in": ["Plot.png", "reads.bam"]}, {"Plot.png", "reads.bam"}),
    ({"key__regex": "^r.*m$"}, {"reads.bam"}),
    ({"size__gt": 9}, {"counts.csv"}),
    ({"size__gte": 9}, {"raw.fastq", "reads.bam", "counts.csv"}),
    ({"size__lt": 9}, {"Plot.png"}),
    ({"size__lte": 8}, {"Plot.png"}),
    ({"size__range": (8, 9)}, {"raw.fastq", "reads.bam", "Plot.png"}),
    ({"description__isnull": False}, {"counts.csv"}),
    ({"description": None}, {"raw.fastq", "reads.bam", "Plot.png"}),
    ({"run__transform__type": "notebook"}, {"counts.csv", "Plot.png"}),
    ({"transform__name": "Align reads"}, {"reads.bam"}),
    ({"created_by__handle": "testuser1", "suffix": ".bam"}, {"reads.bam"}),
    ({"input_of__outputs__key": "counts.csv"}, {"reads.bam"}),
    ({"run": None}, {"raw.fastq"}),
    ({"run__isnull": False}, {"reads.bam", "counts.csv", "Plot.png"}),
    ({"input_of__isnull": True}, {"counts.csv", "Plot.png"}),
]


@pytest.mark.parametrize(("lookups", "keys"), LOOKUPS, ids=[next(iter(each)) for each, _ in LOOKUPS])
@pytest.mark.usefixtures("world")
def test_a_lookup_finds_what_it_says(lookups: dict[str, Any], keys: set[str], store: Store) -> None:
    """Every comparison, on fields and across relations, by one query."""
    before = store.engine.statements
    assert set(pg.Artifact.filter(**lookups).list("key")) == keys
    assert store.engine.statements - before == 1
    assert pg.Artifact.filter(**lookups).count() == len(keys)
    assert set(pg.Artifact.filter().exclude(**lookups).list("key")) == {
        "raw.fastq", "reads.bam", "counts.csv", "Plot.png",
    } - keys  # fmt: skip


def test_conditions_join_with_and_or_and_not(world: World) -> None:
    """Across relations too, where "or" is a union and "not" includes what has no value."""
    either = Q(run=world.first) | Q(key__endswith=".png")
    assert set(pg.Artifact.filter(either).list("key")) == {"reads.bam", "Plot.png"}
    assert set(pg.Artifact.filter(~either).list("key")) == {"raw.fastq", "counts.csv"}
    assert pg.Artifact.filter(either & ~Q(size=8)).list("key") == ["reads.bam"]
    assert set(pg.Artifact.filter(~Q(description="the counts")).list("key")) == {"raw.fastq", "reads.bam", "Plot.png"}


def test_relations_are_attributes(world: World) -> None:
    """To one record, or to a query set that can be asked on."""
    counts = world.files["counts.csv"]
    assert (counts.run, counts.transform) == (world.second, world.count)
    assert counts.created_by is not None
    assert counts.created_by.handle == "testuser1"
    assert counts.storage is not None
    assert world.second.inputs.one() == world.files["reads.bam"]
    assert set(world.second.outputs.list("key")) == {"counts.csv", "Plot.png"}
    assert world.count.predecessors.one() == world.align
    assert world.align.successors.df()["name"].tolist() == ["Count genes"]
    assert world.count.latest_run == world.second
    assert world.first.params == {"x": 1}
    assert world.files["raw.fastq"].run is None


def test_the_answers_of_the_guide(world: World) -> None:
    """The forms that LaminDB's users know."""
    users = pg.User.lookup()
    assert pg.Transform.filter(created_by=users.testuser1, type="notebook").one() == world.count
    assert pg.Run.filter(outputs__key="reads.bam").one().inputs[0].key == "raw.fastq"
    assert pg.Artifact.filter(transform=pg.Transform.search("Count").first()).count() == 2
    assert pg.Artifact.filter().first() == world.files["raw.fastq"]
    assert pg.Artifact.filter().last() == world.files["Plot.png"]


def test_order_slices_and_places() -> None:
    """A query set is ordered, sliced and counted as a list is."""
    pg.init(".", shared=True)
    pg.save([pg.Transform(name=name) for name in "cab"])
    names = pg.Transform.filter().order_by("name")
    assert names.list("name") == ["a", "b", "c"]
    assert pg.Transform.filter().order_by("-name")[:2].list("name") == ["c", "b"]
    assert names[1].name == "b"
    assert names[1:].count() == 2
    assert len(names) == 3
    assert pg.Transform.filter().list("name") == ["c", "a", "b"]
    with pytest.raises(InvalidValueError):
        names[1:].filter(name="a")


def test_times_are_compared_as_times(world: World) -> None:
    """With datetimes of any zone."""
    moment = datetime.now(UTC) + timedelta(hours=1)
    assert pg.Run.filter(created_at__lt=moment).count() == 2
    assert pg.Run.filter(started_at__gt=moment).count() == 0
    assert world.first.started_at is not None
    printed = f"{world.first.created_at:%Y-%m-%d %H:%M:%S} UTC"
    assert pg.Run.filter(created_at__gte=printed).count() == 2
    assert pg.Run.filter(created_at__lt=printed).count() == 0


def test_a_time_without_a_zone_is_local_and_a_text_is_as_it_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A datetime means the same in a filter and a query, far from UTC too; dates and texts are in UTC, as in tables."""
    created = world.first.created_at
    assert created is not None
    request.addfinalizer(time.tzset)
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        local = created.astimezone().replace(tzinfo=None)
        assert created - local.replace(tzinfo=UTC) > timedelta(hours=3)
        for moment in (local, pd.Timestamp(local), created, pd.Timestamp(created)):
            assert pg.Run.filter(created_at=moment).one() == world.first
            found = pg.cypher(
                "MATCH (r:Run {uid: $r}) RETURN r.created_at = datetime($at) AS same", r=world.first, at=moment
            )
            assert found == [{"same": True}]
        assert pg.Run.filter(created_at=f"{created:%Y-%m-%d %H:%M:%S.%f}").one() == world.first
        assert pg.Run.filter(created_at__gte=created.date()).count() == 2
        for first, last in ((datetime.min, datetime.max), (date.min, date.max)):  # noqa: DTZ901 - as a person gives it
            assert pg.Run.filter(created_at__range=(first, last)).count() == 2


def test_a_frame_has_typed_columns_and_what_was_included(world: World) -> None:
    """Times with their zone, whole numbers that may be missing, relations by name."""
    df = pg.Artifact.filter().order_by("key").df(include=["run__uid", "transform__name"])
    assert df.index.name == "uid"
    assert str(df["size"].dtype) == "Int64"
    assert str(df["created_at"].dtype).startswith("datetime64")
    assert df["transform__name"].tolist() == ["Count genes", "Count genes", None, "Align reads"]
    assert df["run__uid"].tolist()[0] == world.second.uid
    assert pg.Artifact.filter(key="none").df().columns.tolist() == pg.Artifact.filter().df().columns.tolist()


def lists(world: World, more: list[str]) -> list[Q]:
    """Conditions with lists, each with values that nothing has."""
    uids = [world.files[name].uid for name in ("Plot.png", "reads.bam", "raw.fastq")] + more
    keys = ["Plot.png", "counts.csv", "Plot.png", *more]
    runs = [world.second.uid, *more]
    return [
        Q(uid__in=uids),
        Q(key__in=keys),
        Q(run__uid__in=runs),
        Q(description__in=["the counts", *more]),
        ~Q(key__in=keys),
        ~Q(run__uid__in=runs),
        ~Q(description__in=["the counts", *more]),
        Q(uid__in=uids, key__in=keys),
        Q(uid__in=uids, run__transform__type="notebook"),
        Q(uid__in=uids, run__uid__in=runs, created_by__handle="testuser1"),
        Q(uid__in=uids, input_of__uid__in=[world.first.uid, world.second.uid, *more]),
        Q(key__in=keys) | Q(run__uid__in=[world.first.uid, *more]),
        ~Q(run__params__x__in=["1", *more]),
        Q(size__in=[9, 8, *range(100, 100 + len(more))]),
    ]


def test_a_long_list_means_what_a_short_one_does(world: World) -> None:
    """Whether it is walked, asked as a map, or with IN; each record is given once, and counted so."""
    none = [f"none{number}" for number in range(LONG)]
    for short, long in zip(lists(world, []), lists(world, none), strict=True):
        found = sorted(pg.Artifact.filter(short).list("key"))
        assert sorted(pg.Artifact.filter(long).list("key")) == found, short
        assert pg.Artifact.filter(long).count() == len(found)
        assert pg.Artifact.filter(long).order_by("-key").list("key")[:2] == found[::-1][:2]
        assert found


@pytest.mark.usefixtures("world")
def test_errors_name_the_near_matches() -> None:
    """For fields, relations, comparisons, keys and people."""
    for lookups, near in (
        ({"desciption": "x"}, "'description'"),
        ({"run__transfrom__name": "x"}, "'transform'"),
        ({"key__contans": "x"}, "'contains'"),
    ):
        with pytest.raises(UnknownFieldError, match=near):
            pg.Artifact.filter(**lookups)
    with pytest.raises(NotFoundError, match=r"'reads\.bam'"):
        pg.Artifact.get(key="read.bam")
    with pytest.raises(UnknownFieldError, match="'testuser1'"):
        _ = pg.User.lookup().testuser
    with pytest.raises(AmbiguousError, match=r"several Artifacts fit: \w{20} \(.*Plot\.png\)"):
        pg.Artifact.filter(suffix__in=[".png", ".csv"]).one()


def test_an_error_proposes_what_a_person_would_ask_for() -> None:
    """Not the properties that only provgraph needs."""
    with pytest.raises(UnknownFieldError) as raised:
        pg.Artifact.filter(zzz=1)
    assert "'created_at'" in str(raised.value)
    internal = {"created_us", "placed", "pid_started", "environment_of", "report_of", "source_of"}
    assert not internal & set(str(raised.value).replace("'", " ").split())
    for name in ("environment_off", "report_off", "source_off"):
        with pytest.raises(UnknownFieldError) as raised:
            pg.Artifact.filter(**{name: 1})
        assert not internal & set(str(raised.value).replace("'", " ").split())


@pytest.mark.usefixtures("world")
def test_a_name_where_a_uid_is_meant_says_how_to_ask_for_it() -> None:
    """For `get`, and for a relation: no text that is no uid is answered by nothing."""
    for call, hint in (
        (lambda: pg.Artifact.get("a.csv"), r"Artifact\.get\(key='a\.csv'\)"),
        (lambda: pg.User.get("root"), r"User\.get\(handle='root'\)"),
        (lambda: pg.Transform.get("align"), r"Transform\.get\(key='align'\) or Transform\.get\(name='align'\)"),
    ):
        with pytest.raises(NotFoundError, match=hint):
            call()
    lookups: tuple[tuple[dict[str, Any], str], ...] = (
        ({"created_by": "ada"}, "created_by__handle='ada'"),
        ({"created_by__in": ["ada"]}, "created_by__handle='ada'"),
        ({"run__transform": "align"}, "run__transform__name='align' or run__transform__key='align'"),
        ({"run": "nightly"}, "run__name='nightly'"),
    )
    for asked, hint in lookups:
        with pytest.raises(InvalidValueError, match=hint):
            pg.Artifact.filter(**asked)


def test_a_uid_is_a_value_of_a_relation(world: World) -> None:
    """As a text."""
    assert pg.Artifact.filter(run=world.first.uid).list("key") == ["reads.bam"]
    assert pg.Run.filter(transform__in=[world.align.uid]).one() == world.first
    assert pg.Artifact.filter(created_by=pg.User.get(handle="testuser1").uid).count() == len(world.files)


def test_an_empty_condition_keeps_all(world: World) -> None:
    """Turned round too, alone or joined."""
    everything = len(world.files)
    found = pg.Artifact.filter()
    assert found.exclude().count() == found.filter(~Q()).count() == found.filter(Q()).count() == everything
    assert found.exclude(Q()).count() == found.filter(~~Q()).count() == everything
    assert found.filter(Q(key="Plot.png") & ~Q()).count() == found.filter(~Q() | Q(key="Plot.png")).count() == 1
    assert found.filter(~Q(), key="Plot.png").count() == 1


@pytest.mark.parametrize("value", ["(?P<n>a)", "(?P=n)", "(?#c)a", "(a)(?(1)b|c)", "(", "[a"])
def test_an_expression_that_the_engines_read_otherwise_is_refused(value: str) -> None:
    """Both are Java's; what only Python knows, or nobody, is an error and not an empty answer."""
    with pytest.raises(InvalidValueError, match=r"regular expression|only Python"):
        pg.Artifact.filter(key__regex=value)


def test_an_expression_reads_letters_as_python_does() -> None:
    r"""`\w` is any letter, and a bracket that is no group is a bracket."""
    pg.Transform(name="größe(?P<").save()
    assert pg.Transform.filter(name__regex=r"^\w+\(\?P<$").count() == 1
    assert pg.Transform.filter(name__iregex=r"^GRÖSSE|GRÖßE").count() == 1


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1e300, 2**70])
def test_a_number_that_no_graph_holds_is_refused(value: float) -> None:
    """Before the graph is asked."""
    with pytest.raises(InvalidValueError, match="too large"):
        pg.Artifact.filter(size__gt=value)


def test_search_ranks_the_better_match_first() -> None:
    """The whole name before its words, more words before fewer."""
    pg.init(".", shared=True)
    pg.save([pg.Transform(name=name) for name in ("Flow of a project", "Project", "Project flow", "Other")])
    assert pg.Transform.search("project flow").list("name")[:2] == ["Project flow", "Flow of a project"]
    assert "Other" not in pg.Transform.search("project flow").list("name")
    assert pg.Transform.search("nothing like it").first() is None


TESTS: dict[str, Any] = {
    "key__contains": st.sampled_from("acrP"),
    "size__gt": st.integers(0, 40),
    "description__isnull": st.booleans(),
    "key": st.sampled_from(["reads.bam", "Plot.png"]),
    "run__transform__type": st.sampled_from(["script", "notebook", "upload"]),
    "input_of__isnull": st.booleans(),
}
FACTS: dict[str, dict[str, Any]] = {
    "raw.fastq": {"size": 9, "type": None, "read": True, "described": False},
    "reads.bam": {"size": 9, "type": "script", "read": True, "described": False},
    "counts.csv": {"size": 30, "type": "notebook", "read": False, "described": True},
    "Plot.png": {"size": 8, "type": "notebook", "read": False, "described": False},
}


def holds(key: str, name: str, value: Any) -> bool:
    facts = FACTS[key]
    answers = {
        "key": value == key,
        "key__contains": str(value) in key,
        "size__gt": isinstance(value, int) and facts["size"] > value,
        "description__isnull": facts["described"] is not value,
        "run__transform__type": facts["type"] == value,
        "input_of__isnull": facts["read"] is not value,
    }
    return bool(answers[name])


MANY = 210
"""More conditions than the local engine takes in a row."""
LEAVES = st.sampled_from(sorted(TESTS)).flatmap(lambda name: TESTS[name].map(lambda value: (name, value)))
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(st.tuples(st.sampled_from("&|"), parts, parts), st.tuples(st.just("~"), parts)),
    max_leaves=5,
)


def as_q(tree: Any) -> Q:
    if tree[0] == "~":
        return ~as_q(tree[1])
    if tree[0] in "&|":
        one, other = as_q(tree[1]), as_q(tree[2])
        return one & other if tree[0] == "&" else one | other
    return Q(**{tree[0]: tree[1]})


def fulfils(key: str, tree: Any) -> bool:
    if tree[0] == "~":
        return not fulfils(key, tree[1])
    if tree[0] == "&":
        return fulfils(key, tree[1]) and fulfils(key, tree[2])
    if tree[0] == "|":
        return fulfils(key, tree[1]) or fulfils(key, tree[2])
    return holds(key, *tree)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
@pytest.mark.usefixtures("world")
def test_any_tree_of_conditions_means_what_python_means_by_it(tree: Any) -> None:
    """Random trees of and, or and not, compared with the same conditions evaluated in Python."""
    assert set(pg.Artifact.filter(as_q(tree)).list("key")) == {key for key in FACTS if fulfils(key, tree)}


@pytest.mark.usefixtures("world")
def test_a_long_list_of_alternatives_is_one_question() -> None:
    """Joined one by one, as a loop does it; a negated one among them counts as one."""
    asked = pg.Q(key__contains="no such key")
    for number in range(MANY):
        asked |= pg.Q(key__contains=f"no such key {number}")
    assert pg.Artifact.filter(asked).count() == 0
    assert pg.Artifact.filter(asked | ~(asked | pg.Q(suffix=".csv"))).count() == sum(
        not key.endswith(".csv") for key in FACTS
    )


@pytest.mark.usefixtures("world")
def test_a_long_list_of_conditions_is_one_question() -> None:
    """Joined one by one, and filtered one by one."""
    asked, found = pg.Q(suffix=".csv"), pg.Artifact.filter(suffix=".csv")
    for number in range(MANY):
        asked &= ~pg.Q(key__contains=f"no such key {number}")
        found = found.exclude(key__contains=f"no such key {number}")
    wanted = pg.Artifact.filter(suffix=".csv").count()
    assert pg.Artifact.filter(asked).count() == found.count() == wanted > 0


@on_local
@pytest.mark.usefixtures("world")
def test_a_long_list_of_conditions_may_follow_a_list_of_values() -> None:
    """The local engine takes only so many in a row there, too."""
    found = pg.Artifact.filter(pg.Q(key="counts.csv") | pg.Q(key="none"))
    for number in range(MANY):
        found = found.exclude(key__contains=f"no such key {number}")
    assert found.list("key") == ["counts.csv"]


def test_values_of_one_field_joined_one_by_one_are_asked_as_a_list(world: World) -> None:
    """By "or", and those that it must not be by "and" and by further calls; across relations, too."""
    of_run, of_file, neither = pg.Q(run=world.first), pg.Q(key="Plot.png"), pg.Artifact.filter(suffix=".csv")
    unlike = pg.Q()
    for number in range(400):
        of_run |= pg.Q(run__name=f"none {number}") | pg.Q(run__uid__in=[f"none {number}"])
        of_file |= pg.Q(key=f"none {number}")
        unlike &= ~pg.Q(run__transform__key=f"none {number}") & ~pg.Q(run__transform__key__in=["align.py"])
        neither = neither.exclude(key=f"none {number}").exclude(run__name__in=["none"])
    assert pg.Artifact.filter(of_run).list("key") == ["reads.bam"]
    assert pg.Artifact.filter(of_file).list("key") == ["Plot.png"]
    assert sorted(pg.Artifact.filter(unlike).list("key")) == sorted(FACTS.keys() - {"reads.bam"})
    assert neither.list("key") == ["counts.csv"]
    query = compile_count(neither._selection())
    assert query is not None
    assert sum(isinstance(each, list) for each in query.parameters.values()) == 2


def test_what_is_kept_of_a_run_is_among_its_attributes(store: Store) -> None:
    """Its environment, its code files and its report, each only when there is one."""
    Path("step.py").write_text("x = 1")
    run = pg.track(path="step.py")
    assert (run.environment, run.report) == (None, None)
    pg.finish()
    assert run.environment == pg.Artifact.get(kind="environment")
    assert run.report is None
    assert [each.path.read_text() for each in run.source_files] == ["x = 1"]
    assert pg.Run.filter(source__key="step.py").one() == pg.Run.filter(environment=run.environment).one() == run
    assert pg.Run.filter().list("source__key") == [["step.py"]]
    before = store.engine.statements
    assert run.environment is not None
    assert store.engine.statements - before == 1
