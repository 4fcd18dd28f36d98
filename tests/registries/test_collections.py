"""A saved collection gives what was put into it, whatever became of its members since, on both engines."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError


def part(number: int) -> pg.Artifact:
    frame = pd.DataFrame({"n": [number]})
    return pg.Artifact.from_df(frame, key=f"{number}.parquet", run=False).save()


def numbers(collection: pg.Collection) -> list[int]:
    found: list[int] = collection.load(ignore_index=True)["n"].tolist()
    return found


@pytest.mark.usefixtures("store")
def test_a_hidden_member_stays_in_its_collection() -> None:
    """Loaded, cached and appended to it holds what it held; as a query it leaves out what is hidden."""
    members = [part(number) for number in range(3)]
    raw = pg.Collection(members, name="raw").save()
    members[1].delete()
    for found in (raw, pg.Collection.get(name="raw")):
        assert numbers(found) == [0, 1, 2]
        assert [pd.read_parquet(path)["n"][0] for path in found.cache()] == [0, 1, 2]
        assert found.artifacts.list("key") == ["0.parquet", "2.parquet"]
    more = pg.Collection.get(name="raw").append(part(3)).save()
    assert numbers(more) == [0, 1, 2, 3]
    assert numbers(more.append(part(4)).append(part(5)).save()) == [0, 1, 2, 3, 4, 5]
    assert numbers(raw) == [0, 1, 2]


@pytest.mark.usefixtures("store")
def test_what_a_run_kept_stays_in_the_collection_that_it_was_put_into() -> None:
    """Its environment, say, which no default query gives."""
    pg.track(transform=pg.Transform(name="one").save())
    pg.finish()
    environment = pg.Artifact.get(kind="environment")
    kept = pg.Collection([environment], name="kept").save()
    assert kept.cache() == [environment.path]
    Path("a.txt").write_text("a")
    more = kept.append(pg.Artifact("a.txt", key="a.txt", run=False).save()).save()
    assert len(more.cache()) == 2


@pytest.mark.usefixtures("store")
def test_a_hidden_artifact_is_put_into_no_other_collection() -> None:
    """Nor into one that did not hold it."""
    hidden, other = part(1), part(2)
    raw = pg.Collection(other, name="raw").save()
    hidden.delete()
    for made in (pg.Collection([hidden, other], name="new"), raw.append(hidden)):
        with pytest.raises(InvalidValueError, match="is deleted, so no collection can hold it"):
            made.save()


def keys(collection: pg.Collection) -> list[str | None]:
    return [each.key for each in collection.artifacts]


@pytest.mark.usefixtures("store")
def test_members_come_in_the_order_in_which_they_were_given() -> None:
    """Loaded, cached, as a query in all its ways, and with what is appended; one that is given twice is there once."""
    first, second, third = (part(number) for number in range(3))
    raw = pg.Collection([third, first, third, second], name="raw").save()
    for found in (raw, pg.Collection.get(name="raw")):
        assert numbers(found) == [2, 0, 1]
        assert [pd.read_parquet(path)["n"][0] for path in found.cache()] == [2, 0, 1]
        assert found.artifacts.list("key") == keys(found) == ["2.parquet", "0.parquet", "1.parquet"]
    members = raw.artifacts
    assert (members.first(), members.last(), members[1], members[:2].list()) == (third, second, first, [third, first])
    assert members.filter(key__in=["0.parquet", "2.parquet"]).list() == [third, first]
    assert members.order_by("created_at").list() == [first, second, third]
    assert members.order_by("-key").list("key") == ["2.parquet", "1.parquet", "0.parquet"]
    assert (members.count(), (members | pg.Artifact.filter(key="none")).list()) == (3, [third, first, second])
    more = raw.append([part(4), part(3), first]).save()
    assert numbers(more) == [2, 0, 1, 4, 3]


@pytest.mark.usefixtures("store")
def test_the_same_members_in_another_order_are_the_same_collection() -> None:
    """Which keeps the order that it has; each of two collections has one of its own."""
    first, second = part(1), part(2)
    raw = pg.Collection([second, first], name="raw").save()
    again = pg.Collection([first, second], name="raw").save()
    assert (again, again.versions.count(), numbers(again)) == (raw, 1, [2, 1])
    assert numbers(pg.Collection([first, second], name="other").save()) == [1, 2]
    assert numbers(raw) == [2, 1]


@pytest.mark.usefixtures("store")
def test_members_without_a_position_come_in_the_order_of_creation() -> None:
    """Those that an older provgraph wrote, and behind those that have one."""
    first, second, third = (part(number) for number in range(3))
    raw = pg.Collection([third, second, first], name="raw").save()
    query = "MATCH (a)-[m:MEMBER_OF]->(:Collection {uid: $uid}) WHERE NOT a.uid = $but REMOVE m.position"
    pg.cypher(query, uid=raw.uid, but=third.uid, write=True)
    assert (numbers(raw), raw.artifacts.last()) == ([2, 0, 1], second)
    pg.cypher(query, uid=raw.uid, but="", write=True)
    assert numbers(raw) == [0, 1, 2]
