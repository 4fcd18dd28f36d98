"""Query sets behave as lists do: one statement for each, the same order whole and sliced, nothing lost in a union."""

from __future__ import annotations

import copy
import operator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import AmbiguousError, InvalidKeyError, InvalidValueError
from provgraph.lookups import Q
from provgraph.models import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store


def saved(name: str, **values: Any) -> pg.Artifact:
    Path(name).write_text(name)
    return pg.Artifact(name, key=name, **{"run": False, **values}).save()


def statements(store: Store, work: Callable[[], Any]) -> tuple[int, Any]:
    before = store.engine.statements
    result = work()
    return store.engine.statements - before, result


def test_each_way_to_read_a_query_set_is_one_statement(store: Store) -> None:
    """As a list, in a loop after its length, by its first record, by a relation, as a table."""
    transform = pg.Transform(name="one").save()
    run = pg.Run(transform).save()
    artifact = saved("a.csv", run=run)
    found = pg.Artifact.get(artifact.uid)
    asked: list[Callable[[], Any]] = [
        lambda: list(pg.Transform.filter()),
        lambda: [list(records := pg.Transform.filter()), len(records), bool(records), records[0], records[-1]],
        lambda: sorted(pg.Transform.filter(), key=lambda each: each.uid),
        lambda: pg.Transform.filter().first(),
        lambda: pg.Transform.filter().order_by("name").last(),
        lambda: pg.Transform.filter().one(),
        lambda: pg.Transform.filter().count(),
        lambda: pg.Transform.filter().exists(),
        lambda: pg.Transform.filter()[0],
        lambda: pg.Transform.get(transform.uid),
        lambda: pg.Transform.get(transform.uid[:7]),
        lambda: pg.Transform.get(name="one"),
        lambda: pg.Transform.search("one").first(),
        pg.Transform.lookup,
        lambda: pg.Artifact.filter(Q(run=run) | Q(key="b") | Q(input_of=run)).df(),
        lambda: pg.Artifact.filter(Q(run=run) | Q(key="b")).count(),
        lambda: pg.Artifact.filter().df(include=["run__uid", "created_by__handle"]),
        lambda: repr(pg.Artifact.filter()),
        lambda: found.transform,
        lambda: found.storage,
        lambda: run.outputs.list("key"),
        lambda: transform.latest_run,
    ]
    assert [statements(store, work)[0] for work in asked] == [1] * len(asked)


@pytest.mark.usefixtures("store")
def test_a_slice_of_an_order_is_the_same_as_the_order_sliced() -> None:
    """Where some have no value too, rising and falling, and `last` is the last of all."""
    for name, key in (("b", "3"), ("a", None), ("c", "1"), ("d", None), ("e", "2")):
        pg.Transform(name=name, description=key).save()
    for order in ("description", "-description", "name", "-created_at"):
        records = pg.Transform.filter().order_by(order)
        whole = records.list("name")
        assert [records[:stop].list("name") for stop in range(6)] == [whole[:stop] for stop in range(6)]
        assert records[1:3].list("name") == whole[1:3]
        last = records.last()
        assert last is not None
        assert last.name == whole[-1] == records[-1].name


@pytest.mark.usefixtures("store")
def test_a_union_has_the_records_of_both() -> None:
    """Of all records and some, of what was narrowed step by step, and with what each side names for itself."""
    run, other = (pg.Run(pg.Transform(name=name).save()).save() for name in ("one", "two"))
    for key, maker in (("a.csv", run), ("b.csv", run), ("c.txt", other)):
        saved(key, run=maker)
    everything, some = pg.Artifact.filter(), pg.Artifact.filter(key="a.csv")
    assert (everything | some).count() == (some | everything).count() == 3
    assert (everything & some).list("key") == ["a.csv"]
    both = pg.Run.filter(outputs__key="a.csv").filter(outputs__key="b.csv")
    assert both.one() == run
    assert (both | pg.Run.filter(outputs__key="c.txt")).count() == 2
    assert pg.Run.filter(outputs__key="a.csv") & pg.Run.filter(outputs__key="b.csv")
    with pytest.raises(InvalidValueError, match="slice"):
        _ = everything[:1] | some


@pytest.mark.usefixtures("store")
def test_a_query_set_of_records_can_be_the_value_of_in() -> None:
    """As the records themselves can."""
    run, other = (pg.Run(pg.Transform(name=name).save()).save() for name in ("one", "two"))
    saved("a.csv", run=run)
    saved("b.csv", run=other)
    assert pg.Artifact.filter(transform__in=pg.Transform.filter(name="two")).list("key") == ["b.csv"]
    assert pg.Artifact.filter(run__in=[run, other]).count() == 2
    assert pg.Artifact.filter(run__in=[]).count() == 0


@pytest.mark.usefixtures("store")
def test_the_beginning_of_a_uid_finds_the_latest_version() -> None:
    """Of the record whose uid it begins; a beginning that several records share is an error that lists them."""
    first = saved("a.csv")
    Path("a.csv").write_text("changed")
    second = pg.Artifact("a.csv", key="a.csv", run=False).save()
    assert first.uid[:16] == second.uid[:16]
    assert pg.Artifact.get(first.uid) == first
    assert pg.Artifact.get(first.uid[:16]) == pg.Artifact.get(first.uid[:9]) == pg.Artifact.get(key="a.csv") == second
    others = [pg.Transform(name=str(number)) for number in range(70)]
    pg.save(others)
    letters = [each.uid[0] for each in others]
    with pytest.raises(AmbiguousError, match="Transform"):
        pg.Transform.get(next(each for each in letters if letters.count(each) > 1))


def test_many_versions_do_not_hide_that_a_beginning_is_of_several_uids(store: Store) -> None:
    """A record with more versions than an error lists, and another one whose uid sorts before all of them."""
    for number in range(12):
        Path("a.txt").write_text(str(number))
        record = pg.Artifact("a.txt", key="a.txt", run=False)
        record.uid = f"zz{record.uid[2:]}"
        latest = record.save()
    Path("b.txt").write_text("b")
    other = pg.Artifact("b.txt", key="b.txt", run=False)
    other.uid = f"z0{other.uid[2:]}"
    other.save()
    with pytest.raises(AmbiguousError, match=rf"{latest.uid}.*{other.uid}"):
        pg.Artifact.get("z")
    assert statements(store, lambda: pg.Artifact.get("zz")) == (1, latest)
    assert pg.Artifact.get("z", key="b.txt") == other
    oldest = latest.versions[0]
    assert pg.Artifact.get("zz", is_latest=False) == pg.Artifact.get(latest.uid[:16]).versions[-2]
    latest.delete()
    assert pg.Artifact.get("zz").uid[-4:] == "000A"
    assert pg.Artifact.get(oldest.uid) == oldest


@pytest.mark.usefixtures("store")
def test_query_sets_of_two_registries_are_not_joined() -> None:
    """Records of one kind are not taken for those of another."""
    anything: Any = pg
    for join in (operator.or_, operator.and_):
        with pytest.raises(InvalidValueError, match="Artifacts cannot be joined with Runs"):
            join(anything.Artifact.filter(), anything.Run.filter())
    with pytest.raises(InvalidValueError, match="cannot be joined with 5"):
        _ = anything.Artifact.filter() | 5


@pytest.mark.usefixtures("store")
def test_places_are_whole_numbers_of_any_kind() -> None:
    """Those of numpy too."""
    pg.save([pg.Transform(name=name) for name in "abc"])
    found = pg.Transform.filter().order_by("name")
    assert found[np.int64(1)].name == "b"
    assert found[np.int64(1) : np.int64(2)].list("name") == ["b"]


@pytest.mark.usefixtures("store")
def test_truth_values_are_of_any_kind() -> None:
    """Those of numpy too, as in a column of a DataFrame."""
    pg.Transform(name="a").save()
    yes, no = pd.Series([True, False])
    assert pg.Transform.filter(is_latest=np.bool_(True)).count() == 1
    assert pg.Transform.filter(is_latest=yes, deleted__in=[no], description__isnull=yes, runs__isnull=yes).count() == 1
    assert pg.Transform.filter(is_latest=no).count() == 0
    for value in (np.int64(1), np.array([True]), "True", 1):
        with pytest.raises(InvalidValueError, match="is_latest"):
            pg.Transform.filter(is_latest=value)


WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "a field for a place": (lambda pg: pg.Artifact.filter()["key"], r"'key' is no place.*\.list\('key'\)"),
    "a list for a place": (lambda pg: pg.Artifact.filter()[[0, 1]], r"\[0, 1\] is no place"),
    "texts for a slice": (lambda pg: pg.Artifact.filter()["a":"b"], "'a' is no place"),
    "a number to order by": (lambda pg: pg.Artifact.filter().order_by(5), "5 is no name of a field"),
    "a number to list": (lambda pg: pg.Artifact.filter().list(5), "5 is no name of a field"),
    "a number to include": (lambda pg: pg.Artifact.df(include=5), "include=5 is no name"),
    "numbers to include": (lambda pg: pg.Artifact.df(include=[5]), "5 is no name of a field"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.usefixtures("store")
def test_a_value_that_is_no_place_and_no_name_is_named(what: str) -> None:
    """With what to do instead."""
    call, problem = WRONG[what]
    with pytest.raises(InvalidValueError, match=problem):
        call(pg)


@pytest.mark.usefixtures("store")
def test_a_uid_finds_what_default_queries_hide() -> None:
    """An environment by its uid, not by searching; a deleted record only when it is asked for."""
    pg.track(transform=pg.Transform(name="one").save())
    artifact = saved("a.csv")
    pg.finish()
    environment = pg.Artifact.filter(kind="environment").one()
    assert pg.Artifact.get(environment.uid) == environment
    assert pg.Artifact.filter().list("key") == ["a.csv"]
    artifact.delete()
    assert not pg.Artifact.filter(uid=artifact.uid)
    assert pg.Artifact.filter(deleted=True).one() == artifact
    assert pg.Artifact.get(artifact.uid, deleted=True) == artifact


def test_relations_cross_spaces_and_start_from_deleted_records(store: Store) -> None:
    """What a run read is there wherever it lives; what a deleted run made is still known."""
    run = pg.Run(pg.Transform(name="one").save()).save()
    artifact = saved("a.csv", run=run)
    elsewhere = saved("b.csv")
    elsewhere.cache(is_run_input=run)
    move = "MATCH (a:Artifact {uid: $uid}) SET a.space = 'elsewhere'"
    hide = "MATCH (r:Run {uid: $uid}) SET r.deleted = true"
    store.engine.write(lambda transaction: transaction.run(move, uid=elsewhere.uid))
    assert run.inputs.list("key") == ["b.csv"]
    assert pg.Artifact.filter().list("key") == ["a.csv"]
    assert pg.Artifact.filter(space="elsewhere").one() == elsewhere
    assert pg.Artifact.get(elsewhere.uid) == elsewhere
    store.engine.write(lambda transaction: transaction.run(hide, uid=run.uid))
    assert run.outputs.one() == artifact
    assert pg.Artifact.filter(run=run).one() == artifact
    assert not pg.Run.filter()
    store.engine.write(lambda transaction: transaction.run("MATCH (a {space: 'elsewhere'}) DETACH DELETE a"))


@pytest.mark.usefixtures("store")
def test_search_prefers_the_newest_of_equals_and_can_be_ordered() -> None:
    """So the latest version of a notebook comes before older ones."""
    for name in ("Flow", "Flow again", "Flow"):
        transform = pg.Transform(name=name, version=str(len(pg.Transform.filter())))
        transform.save()
    found = pg.Transform.search("flow")
    assert found.list("version") == ["2", "0", "1"]
    assert found.filter(version__in=["0", "1"]).list("version") == ["0", "1"]
    assert found.order_by("name", "version").list("version") == ["0", "2", "1"]
    assert pg.Transform.search("flow", limit=1).count() == 1


@pytest.mark.usefixtures("store")
def test_names_that_look_alike_are_all_completed() -> None:
    """Each has an attribute of its own."""
    pg.save([pg.Transform(name=name) for name in ("my flow", "my_flow", "my-flow", "10x", "class")])
    transforms: Any = pg.Transform.lookup()
    assert {"my_flow", "my_flow_1", "my_flow_2", "_10x", "class_"} <= set(dir(transforms))
    assert {transforms.my_flow.name, transforms.my_flow_1.name, transforms.my_flow_2.name} == {
        "my flow", "my_flow", "my-flow",
    }  # fmt: skip
    assert transforms["my-flow"].name == "my-flow"
    assert (transforms._10x.name, transforms.class_.name) == ("10x", "class")
    with pytest.raises(AttributeError, match=r"^_11x$"):
        _ = transforms._11x
    assert copy.copy(transforms)._10x == transforms._10x


@pytest.mark.usefixtures("store")
def test_a_lookup_can_stand_for_a_field() -> None:
    """As in LaminDB."""
    pg.Transform(name="align", type="script").save()
    transforms: Any = pg.Transform.lookup(return_field="type")
    assert (transforms.align, transforms["align"], transforms()) == ("script", "script", {"align": "script"})


@pytest.mark.usefixtures("store")
def test_a_query_set_is_searched_in() -> None:
    """Within its conditions, and within those of a union; a search can be narrowed."""
    kinds = ("script", "notebook", "function")
    pg.save([pg.Transform(name=f"flow {kind}", type=kind) for kind in kinds])  # type: ignore[arg-type]
    some = pg.Transform.filter(type="script") | pg.Transform.filter(type="function")
    assert set(some.search("flow").list("type")) == {"script", "function"}
    assert some.search("flow function").first().type == "function"  # type: ignore[union-attr]
    assert some.search("flow").filter(name__contains="scr").list("type") == ["script"]
    assert some.search("flow").exclude(name__contains="scr").list("type") == ["function"]
    found = some.search("flow function", limit=2).exclude(type="notebook").filter(type__in=["script", "function"])
    assert found.list("type") == ["function", "script"]
    everything = pg.Transform.filter()
    for join in (operator.or_, operator.and_):
        for one, other in ((everything, found), (found, everything), (found, found), (found[:1], everything)):
            with pytest.raises(InvalidValueError, match=r"of a search cannot be joined.*\.search\(\.\.\.\)"):
                join(one, other)


@pytest.mark.usefixtures("store")
def test_deleting_several_is_all_or_none(store: Store) -> None:
    """In one transaction: one that cannot be removed keeps the others."""
    run = pg.Run(pg.Transform(name="kept").save()).save()
    pg.save([pg.Transform(name="a"), pg.Transform(name="b")])
    with pytest.raises(InvalidValueError, match="'kept' cannot be removed"):
        pg.Transform.filter().delete(permanent=True)
    assert (pg.Transform.filter().count(), pg.Run.get(run.uid)) == (3, run)
    assert pg.Transform.filter(name__in=["a", "b"]).delete(permanent=True) == 2
    assert pg.Transform.filter(deleted=True).count() == 0
    before = store.engine.statements
    assert (pg.Transform.filter(name="none").delete(), store.engine.statements - before) == (0, 1)


@pytest.mark.usefixtures("store")
def test_a_registry_s_frame_has_the_newest_first() -> None:
    """By both names; a query set's has the order of creation."""
    for name in ("first", "second", "third"):
        pg.Transform(name=name).save()
    assert pg.Transform.df(limit=2)["name"].tolist() == ["third", "second"]
    assert pg.Transform.to_dataframe()["name"].tolist() == ["third", "second", "first"]
    assert pg.Transform.filter().df(limit=2)["name"].tolist() == ["first", "second"]


@pytest.mark.usefixtures("store")
def test_versions_are_listed_with_those_that_are_hidden() -> None:
    """Of artifacts and collections as of transforms."""
    saved = []
    for text in ("1", "2"):
        Path("a.csv").write_text(text)
        saved.append(pg.Artifact("a.csv", key="a.csv").save())
    assert saved[1].versions.list() == saved
    raw = pg.Collection(saved[0], name="raw").save()
    more = raw.append(saved[1]).save()
    assert more.versions.list() == [raw, more]
    assert [path.read_text() for path in more.cache()] == ["1", "2"]
    with pytest.raises(InvalidValueError, match=r"DataFrame, str cannot be joined|str cannot be joined"):
        pg.Collection([saved[0], _text()], name="mixed").save().load()


def _text() -> pg.Artifact:
    Path("a.txt").write_text("1")
    return pg.Artifact("a.txt", key="a.txt").save()


def test_every_relation_leads_back() -> None:
    """To the label it started from, over the same edges turned round."""
    for label, relations in RELATIONS.items():
        for relation in relations.values():
            back = RELATIONS[relation.target][relation.back]
            assert back.target == label
            assert [(hop.edge, hop.along) for hop in relation.hops] == [
                (hop.edge, not hop.along) for hop in reversed(back.hops)
            ]


@pytest.mark.parametrize("key", ["/etc/passwd", "/etc/../x", "a/../x", "", "  ", "a//b", "a\nb", 5])
def test_a_transform_s_key_is_checked_as_an_artifact_s_is(key: Any) -> None:
    """But for the suffix."""
    anything: Any = pg
    with pytest.raises(InvalidKeyError):
        anything.Transform(key=key, name="x")
    assert pg.Transform(key="pipelines/align", name="x").key == "pipelines/align"


@pytest.mark.parametrize("name", ["", " ", "\n\t"])
def test_a_blank_name_is_refused(name: str) -> None:
    """Of a transform, when it is made and when it is changed."""
    with pytest.raises(InvalidValueError, match="name="):
        pg.Transform(name=name)
    transform = pg.Transform(name="x")
    with pytest.raises(InvalidValueError, match="name="):
        transform.name = name


@pytest.mark.usefixtures("store")
def test_a_column_that_leads_back_has_the_record_itself() -> None:
    """As a filter does: a run is among the runs of its transform, a file among those that its run made."""
    transform = pg.Transform(name="step").save()
    runs = [pg.Run(transform, name=name).save() for name in ("one", "other")]
    for name in ("a", "b"):
        Path(name).write_text(name)
        pg.Artifact(name, key=name, run=runs[0]).save()
    assert pg.Run.filter().list("name", "transform__runs__name") == [
        (each, ["one", "other"]) for each in ("one", "other")
    ]
    assert pg.Run.filter().list("transform__runs__transform__runs__name") == [["one", "one", "other", "other"]] * 2
    made = pg.Artifact.filter().list("key", "run__outputs__key", "run__transform__runs__outputs__key")
    assert made == [(key, ["a", "b"], ["a", "b"]) for key in ("a", "b")]
