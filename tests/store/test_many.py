"""Many records at once: a few statements, whatever their number, and each becomes what it would alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import NotFoundError

if TYPE_CHECKING:
    from provgraph.store.store import Store
    from tests.support.proxy import Proxy

MANY = 300


def test_many_transforms_and_runs_take_a_few_statements(store: Store) -> None:
    """One that looks the transforms up and one that writes them; one for all runs."""
    transforms = [pg.Transform(name=f"step {number}") for number in range(MANY)]
    before = store.engine.statements
    pg.save(transforms)
    assert store.engine.statements - before == 1 + 2
    runs = [pg.Run(transform=each) for each in transforms]
    before = store.engine.statements
    pg.save(runs)
    assert store.engine.statements - before == 1 + 1
    assert pg.Run.filter(transform__name__startswith="step").count() == MANY
    assert set(pg.Run.filter().list("transform__uid")) == {each.uid for each in transforms}
    assert pg.Run.filter(created_by__handle=store.user.handle).count() == MANY


@pytest.mark.usefixtures("store")
def test_versions_of_one_transform_in_one_batch() -> None:
    """New ones, a known one and new versions of both, in their order; the last is the latest."""
    old = pg.Transform(name="plot", version="1").save()
    first, again, second, third, known = (
        pg.Transform(name="align", version="1"),
        pg.Transform(name="align", version="1"),
        pg.Transform(name="align", version="2"),
        pg.Transform(name="plot", version="2"),
        pg.Transform(name="plot", version="1"),
    )
    pg.save([first, again, second, third, known])
    assert first.uid == again.uid
    assert [each.uid[-4:] for each in (first, second, third)] == ["0000", "0001", "0001"]
    assert known.uid == old.uid
    assert [each.uid for each in pg.Transform.get(name="align").versions] == [first.uid, second.uid]
    assert pg.Transform.get(name="plot").uid == third.uid
    assert pg.Transform.filter().count() == 4


def test_a_transform_that_is_gone_undoes_the_whole_batch(store: Store) -> None:
    """The error names it, and no run is written."""
    kept, gone = pg.Transform(name="kept").save(), pg.Transform(name="gone").save()
    store.engine.write(lambda tx: tx.run("MATCH (t:Transform {uid: $uid}) DETACH DELETE t", uid=gone.uid))
    with pytest.raises(NotFoundError, match=gone.uid):
        pg.save([pg.Run(transform=kept), pg.Run(transform=gone)])
    assert pg.Run.filter().count() == 0


def test_a_member_that_is_gone_is_named(store: Store, tmp_path: Path) -> None:
    """The collection is not written."""
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    kept, gone = (pg.Artifact(tmp_path / name, key=name, run=False).save() for name in ("a.txt", "b.txt"))
    store.engine.write(lambda tx: tx.run("MATCH (a:Artifact {uid: $uid}) DETACH DELETE a", uid=gone.uid))
    with pytest.raises(NotFoundError, match=rf"Artifact {gone.uid}, a member of 'both', is no longer in the graph"):
        pg.Collection([kept, gone], name="both").save()
    assert pg.Collection.filter().count() == 0


@pytest.mark.usefixtures("store")
def test_two_objects_of_one_record_are_saved_as_one() -> None:
    """What either says is written, of two that say otherwise the last; both then hold all of it."""
    first = pg.Transform(name="plot").save()
    second = pg.Transform.get(first.uid)
    first.description, second.reference = "of the first", "https://example.org"
    first.name, second.name = "plot 1", "plot 2"
    pg.save([first, second])
    for each in (first, second, pg.Transform.get(first.uid)):
        assert (each.name, each.description, each.reference) == ("plot 2", "of the first", "https://example.org")
        assert each.changes() == {}
    Path("a.csv").write_text("1")
    file = pg.Artifact("a.csv", key="a.csv").save()
    again = pg.Artifact.get(key="a.csv")
    file.description, again.type = "of the first", "model"
    pg.save([file, again])
    for found in (file, again, pg.Artifact.get(key="a.csv")):
        assert (found.description, found.type, found.changes()) == ("of the first", "model", {})


@pytest.mark.usefixtures("store")
def test_the_parameters_of_two_objects_of_one_run_are_not_mixed() -> None:
    """Those said last hold as a whole: in the text, and in what is asked for."""
    first = pg.Run(pg.Transform(name="step").save()).save()
    second = pg.Run.get(first.uid)
    first.params, second.params = {"a": 1}, {"b": 2}
    first.name = "of the first"
    pg.save([first, second])
    assert first.params == second.params == pg.Run.get(name="of the first").params == {"b": 2}
    assert (pg.Run.filter(params__a=1).count(), pg.Run.filter(params__b=2).count()) == (0, 1)


def test_two_objects_of_one_record_are_kept_as_one(proxy: Proxy) -> None:
    """In the spool, too."""
    first = pg.Transform(name="plot").save()
    second = pg.Transform.get(first.uid)
    with proxy.away():
        first.description, second.reference = "of the first", "https://example.org"
        pg.save([first, second])
        assert [(each.description, each.reference) for each in (first, second)] == [
            ("of the first", "https://example.org")
        ] * 2
    pg.sync()
    found = pg.Transform.get(first.uid)
    assert (found.description, found.reference) == ("of the first", "https://example.org")
