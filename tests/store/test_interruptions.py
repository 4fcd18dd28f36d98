"""Ctrl-C in a process that goes on, as a notebook does: what was begun can be done again, and nothing is lost."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from unittest import mock

import pytest

import provgraph as pg
from provgraph.store import current
from tests.support.engines import on_local
from tests.support.interrupting import interrupted
from tests.support.processes import end_owners

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store


@on_local
def test_a_store_that_is_opened_again_keeps_its_run(store: Store) -> None:
    """Wherever opening it is interrupted: what is saved next belongs to the run."""
    run = pg.track(transform=pg.Transform(name="nightly", type="function"))
    for place in itertools.count(1):
        if not interrupted(lambda: pg.init(store.root), place, "store/current.py"):
            break
        assert pg.context.run is run
    assert place > 1
    pg.finish()
    assert run.status == "completed"


@on_local
def test_a_store_whose_leaving_is_interrupted_is_not_left(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs are still this process's, which ends them."""
    run = pg.Run(pg.Transform(name="by hand").save()).save()
    monkeypatch.setattr(current, "_leave", mock.Mock(side_effect=KeyboardInterrupt))
    (tmp_path / "other").mkdir()
    with pytest.raises(KeyboardInterrupt):
        pg.init(tmp_path / "other")
    end_owners(tmp_path / "other" / ".provgraph")
    assert current.if_open() is store
    assert store.opened.keys() == {run.uid}
    assert pg.Run.filter().count() == 1
