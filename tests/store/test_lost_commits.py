"""A commit whose answer is lost on the network is found out, and nothing is written twice, on both engines."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.engines.bolt import BoltEngine
from provgraph.errors import CommitLostError
from provgraph.store.ledger.writers import Writer
from tests.support.spooled import reached_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Transaction
    from provgraph.store.store import Store
    from tests.support.proxy import Proxy

UNDER_WAY = 0.3
"""Seconds for which the first try is not committed yet."""


def lose_answers(proxy: Proxy) -> None:
    """The commit arrives, and its answer does not; the connection ends, every second time by a reset."""
    proxy.lose_answers, proxy.resets = 1, not proxy.resets


def lose_commits(proxy: Proxy) -> None:
    """The commit itself does not arrive."""
    proxy.lose_commits, proxy.resets = 1, not proxy.resets


def write(name: str, content: str) -> pg.Artifact:
    Path(name).write_text(content)
    return pg.Artifact(name, key=name)


@pytest.mark.parametrize("lose", [lose_answers, lose_commits])
def test_every_call_is_written_once(store: Store, proxy: Proxy, lose: Callable[[Proxy], None]) -> None:
    """Each loses one commit on its way, and gives and leaves what it would have without that."""
    transform = pg.Transform(name="step", type="function").save()
    source = write("in.txt", "in").save()
    lost = proxy.lost

    lose(proxy)
    run = pg.track(transform=transform)
    lose(proxy)
    source.cache()
    lose(proxy)
    first = write("out.txt", "one").save()
    lose(proxy)
    second = write("out.txt", "two").save()
    lose(proxy)
    third = write("out.txt", "one").save()
    lose(proxy)
    pg.save([write(f"{number}.txt", str(number)) for number in range(3)])
    lose(proxy)
    collection = pg.Collection([first, second], name="both").save()
    lose(proxy)
    third.description = "the last"
    third.save()
    lose(proxy)
    pg.finish()
    lose(proxy)
    pg.Artifact.get(key="2.txt").delete()

    assert proxy.lost - lost == 10
    assert [each[-4:] for each in pg.Artifact.filter(key="out.txt").order_by("uid").list("uid")] == [
        "0000",
        "0001",
        "0002",
    ]
    assert (first.uid[-4:], second.uid[-4:], third.uid[-4:]) == ("0000", "0001", "0002")
    assert pg.Artifact.get(key="out.txt").description == "the last"
    assert pg.Run.filter().one().status == run.status == "completed"
    assert run.inputs.list("key") == ["in.txt"]
    assert run.outputs.count() == 5
    assert pg.Collection.filter().one() == collection
    assert pg.Artifact.filter(deleted=True).list("key") == ["2.txt"]
    assert (pg.check(), pg.verify().findings) == ([], [])
    assert store.engine.statements > 0


def test_a_commit_that_is_still_on_its_way_is_waited_for(store: Store) -> None:
    """Of two tries at once one finds that the other was committed."""
    has_begun = threading.Event()

    def note(transaction: Transaction) -> bool:
        return Writer("a writer", 2).was_committed(transaction, store.space)

    def first(transaction: Transaction) -> bool:
        was_there = note(transaction)
        has_begun.set()
        time.sleep(UNDER_WAY)
        return was_there

    store.engine.write(lambda transaction: Writer("a writer", 1).was_committed(transaction, store.space))
    with ThreadPoolExecutor() as pool:
        trying = pool.submit(store.engine.write, first)
        has_begun.wait(10)
        assert sorted([store.engine.write(note), trying.result()]) == [False, True]


def test_another_may_write_between_a_lost_answer_and_its_discovery(store: Store, proxy: Proxy) -> None:
    """What was committed is not written again above what another process saved meanwhile."""
    write("a.txt", "one").save()
    beside = BoltEngine(store.engine._locator._locator)  # type: ignore[attr-defined]
    whole, through = store.engine, proxy

    class Meanwhile:
        """Saves as another process, once an answer was lost."""

        def __getattr__(self, name: str) -> object:
            return getattr(whole, name)

        def write(self, work: Callable[..., object]) -> object:
            try:
                return whole.write(work)
            except CommitLostError:
                store.engine = beside
                write("a.txt", "three").save()
                store.engine = self  # type: ignore[assignment]
                raise

    store.engine = Meanwhile()  # type: ignore[assignment]
    through.lose_answers = 1
    second = write("a.txt", "two").save()
    store.engine = whole
    beside.close()
    versions = pg.Artifact.filter(key="a.txt").order_by("uid").list("hash")
    assert len(versions) == 3
    assert second.uid.endswith("0001")
    assert pg.Artifact.get(key="a.txt").hash not in {second.hash, versions[0]}


def test_a_network_that_stays_away_keeps_the_call(store: Store, proxy: Proxy) -> None:
    """After some tries it waits in the spool under its number, and is in the graph once when that is reached again."""
    proxy.lose_answers = 1_000
    artifact = write("a.txt", "one").save()
    proxy.lose_answers = 0
    assert (artifact.is_saved, artifact.is_provisional) == (True, True)
    reached_again(store)
    assert write("a.txt", "two").save().uid == f"{artifact.uid[:-4]}0001"
    assert pg.Artifact.filter().count() == 2
    assert not artifact.is_provisional


def test_a_slow_network_changes_nothing(proxy: Proxy) -> None:
    """Each answer comes 50 ms late."""
    proxy.delay = 0.05
    assert write("a.txt", "one").save().is_saved
    assert pg.Artifact.filter().count() == 1
