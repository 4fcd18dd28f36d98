"""Many records at once: a few statements, whatever their number, and each becomes what it would alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store

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
