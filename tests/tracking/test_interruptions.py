"""Ctrl-C in `pg.track()` and `pg.finish()`, and the same cell once more, as in a notebook."""

from __future__ import annotations

import gc
import itertools
from typing import TYPE_CHECKING
from unittest import mock

import pytest

import provgraph as pg
from provgraph.errors import ConflictError
from provgraph.models import RunNode
from provgraph.store import current
from provgraph.store.store import Store
from provgraph.tracking import ending
from tests.support.engines import on_local
from tests.support.interrupting import interrupted

if TYPE_CHECKING:
    from collections.abc import Callable


def interrupted_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool) -> None:
    """Let the next call of a function be interrupted, before it does anything or after all of it."""
    real: Callable[..., object] = getattr(owner, name)

    def interrupt(*args: object, **kwargs: object) -> None:
        monkeypatch.setattr(owner, name, real)
        if after:
            real(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupt)


def nightly() -> pg.Run:
    """Track what each of these tests tracks."""
    return pg.track(transform=pg.Transform(name="nightly", type="function"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name"), [(Store, "transact"), (ending, "watch"), (ending, "make_way"), (ending, "_write_end")]
)
def test_a_run_whose_beginning_is_interrupted_does_not_run_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool
) -> None:
    """Nobody has it, so the next call ends it; that call's run is the one that is on."""
    pg.track(transform=pg.Transform(name="before", type="function"))
    interrupted_once(monkeypatch, owner, name, after=after)
    with pytest.raises(KeyboardInterrupt):
        nightly()
    run = nightly()
    assert pg.context.run is run
    assert pg.Run.filter(status="running").uids() == [run.uid]
    pg.finish()
    assert pg.context.run is None
    assert run.status == "completed"
    assert not store.opened
    assert pg.Run.get(run.uid).environment is not None
    assert pg.check() == []


@on_local
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a driver that nobody got to close
def test_a_beginning_is_interrupted_at_many_places(store: Store) -> None:
    """Wherever that is, each call's run is over in the end."""
    for place in itertools.count(1, 11):
        if not interrupted(nightly, place):
            break
        nightly()
        pg.finish()
        assert pg.Run.filter(status="running").count() == 0, place
    assert pg.Transform.filter(name="nightly").count() == 1
    assert store.opened.keys() == {nightly().uid}
    gc.collect()


@pytest.mark.parametrize("again", [pg.finish, nightly])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["transact", "tell_none", "_forget"])
def test_an_end_that_is_interrupted_is_an_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str, again: Callable[[], object], *, after: bool
) -> None:
    """Whether the run is finished again or the next one begins: what follows never belongs to a run that ended."""
    run = nightly()
    owner = {"transact": Store, "tell_none": type(store.running.workers), "_forget": ending}[name]
    interrupted_once(monkeypatch, owner, name, after=after)
    with pytest.raises(KeyboardInterrupt):
        pg.finish()
    if again is nightly or pg.context.run is not None:
        again()
    assert (pg.Run.get(run.uid).status, run.status) == ("completed", "completed")
    assert pg.context.run is not run
    assert run.uid not in {each for each in store.opened if not ending.is_over(store.opened[each])}
    assert store.running.workers.told() != run.uid
    assert pg.Artifact.filter(kind="environment").count() <= 1
    ending.at_exit()
    assert pg.Run.get(run.uid).status == "completed"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("after", [False, True])
def test_an_end_that_is_interrupted_stays_the_end_that_it_is(monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """A program that ends by an error later changes nothing of it."""
    run = nightly()
    interrupted_once(monkeypatch, Store, "transact", after=after)
    with pytest.raises(KeyboardInterrupt):
        pg.finish()
    monkeypatch.setattr(ending.WATCH, "error", "boom")
    ending.at_exit()
    assert pg.Run.get(run.uid).status == "completed"


def test_a_run_by_hand_that_was_written_is_looked_after_when_saving_it_again_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, whatever a second call says."""
    run = pg.Run(pg.Transform(name="by hand").save())
    interrupted_once(monkeypatch, store.ledger, "write", after=True)
    with pytest.raises(KeyboardInterrupt):
        run.save()
    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "write", mock.Mock(side_effect=ConflictError("others write", "Try again.")))
        with pytest.raises(ConflictError):
            run.save()
    ending.at_exit()
    assert pg.Run.filter().one().status in {"completed", "errored"}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("is_repeated", [False, True])
def test_a_run_by_hand_whose_beginning_is_interrupted_is_looked_after(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, after: bool, is_repeated: bool
) -> None:
    """It is saved by the next call, and ends with its process in either case."""
    run = pg.Run(pg.Transform(name="by hand").save())
    monkeypatch.setattr(store, "after_save", lambda: None)
    interrupted_once(
        monkeypatch, store.ledger if not after else store, "write" if not after else "after_save", after=True
    )
    with pytest.raises(KeyboardInterrupt):
        run.save()
    if is_repeated:
        run.save()
        assert pg.Run.filter().one() == run
    ending.at_exit()
    assert current.if_open() is store
    found = pg.Run.filter().one()
    assert isinstance(found, RunNode)
    assert found.status in {"completed", "errored"}
    assert not store.opened
