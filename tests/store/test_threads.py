"""Many threads of one process on one store."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from tests.support.scripts import execute, script

if TYPE_CHECKING:
    from provgraph.store.store import Store

THREADS = 32
EACH = 1
SHARE = 4
FIRST = """
    import threading

    def work(number):
        start.wait()
        pg.Run(pg.Transform(name=f"job {number}").save()).save()

    start = threading.Barrier(8)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
"""


def test_thirty_two_threads_lose_nothing(store: Store) -> None:
    """Each reads what all read, and saves files of its own; some make versions of one file."""
    run = pg.track(transform=pg.Transform(name="threads", type="function"))
    Path("raw.txt").write_text("raw")
    raw = pg.Artifact("raw.txt", key="raw.txt", run=False).save()
    start = threading.Barrier(THREADS)

    def save(name: str, key: str) -> None:
        Path(name).write_text(name)
        pg.Artifact(name, key=key).save()

    def work(thread: int) -> None:
        start.wait(60)
        assert pg.Artifact.get(key="raw.txt").load() == "raw"
        if thread % SHARE == 0:
            save(f"shared-{thread}.txt", "shared.txt")
        for number in range(EACH):
            save(name := f"{thread}-{number}.txt", name)
            assert pg.Artifact.get(key=name).load(is_run_input=False) == name

    with ThreadPoolExecutor(THREADS) as pool:
        for each in [pool.submit(work, thread) for thread in range(THREADS)]:
            each.result()
    pg.finish()
    assert pg.Artifact.filter(is_latest=True, run=run).count() == THREADS * EACH + 1
    versions = sorted(pg.Artifact.get(key="shared.txt").versions.list("uid", "is_latest"))
    assert [is_latest for _, is_latest in versions] == [False] * (THREADS // SHARE - 1) + [True]
    assert raw.input_of.list("uid") == [run.uid]
    assert (pg.check(), pg.verify().findings) == ([], [])
    assert store.engine.read("MATCH (r:Run {uid: $run}) RETURN r.status", run=run.uid) == [["completed"]]


@pytest.mark.usefixtures("setup")
def test_threads_whose_first_calls_come_together_open_one_store() -> None:
    """What each of them began ends with the program, and none of it is taken for lost."""
    script("first.py", FIRST)
    done = execute("first.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("→ provgraph: ") == 1
    assert [status for _, status in pg.Run.filter().list("uid", "status")] == ["completed"] * 8
