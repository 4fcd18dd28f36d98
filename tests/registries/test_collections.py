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
