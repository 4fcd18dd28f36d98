"""Ctrl-C in a process that goes on, as a notebook does: what was begun can be done again, and nothing is lost."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import provgraph as pg
from tests.support.engines import on_local
from tests.support.interrupting import interrupted

if TYPE_CHECKING:
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
