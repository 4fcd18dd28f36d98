"""How quickly files are saved: one small file beside the disk's own fsync, a thousand at once, and a whole project.

One save is compared with the least that the engine can do for it: a transaction by the driver alone that creates one
node with as many indexed properties and two edges.
Run: .venv/bin/python bench/save.py
"""

from __future__ import annotations

import os
import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from instance import empty_instance
from timing import seconds

import provgraph as pg
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 50
MANY: Final = 1_000
PROJECT: Final = 20_000
"""Files of a project that is there already."""
SIZE: Final = 1_000
BARE: Final = """
MATCH (u:User) WITH u LIMIT 1 MATCH (s:Storage) WITH u, s LIMIT 1
CREATE (a:Artifact) SET a = $facts CREATE (a)-[:CREATED_BY]->(u) CREATE (a)-[:STORED_IN]->(s)
"""


def content(name: str) -> bytes:
    """Make a small file's bytes, others for each name."""
    return name.encode().ljust(SIZE, b".")


def files(folder: Path, count: int = MANY) -> list[Path]:
    """Write many small files."""
    folder.mkdir(parents=True)
    made = [folder / f"{number}.txt" for number in range(count)]
    for path in made:
        path.write_bytes(content(str(path)))
    return made


def synced(path: Path) -> None:
    """Store one file durably by hand: write, fsync, rename, fsync of the folder."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content(path.name))
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def one(number: int) -> pg.Artifact:
    """Make an artifact of one small file outside the storage, not saved yet."""
    path = Path(f"one-{number}.txt")
    path.write_bytes(content(path.name))
    return pg.Artifact(path, key=path.name)


def rate(name: str, paths: list[Path], goal: int, *, by_key: bool) -> None:
    """Save many files in one call and print how many a second."""
    took = seconds(lambda: pg.save([pg.Artifact(path, key=path.as_posix() if by_key else None) for path in paths]))
    print(f"{MANY} {name:<22} {MANY / took:,.0f}/s   goal {goal:,}/s")


def bare() -> Callable[[], object]:
    """Give a call that creates one indexed node in a transaction of its own."""
    engine = current.store().engine

    def create() -> object:
        text = f"{time.perf_counter_ns()}"
        facts = dict.fromkeys(("uid", "slot", "key", "hash", "folded"), text) | {"created_us": time.time_ns()}
        return engine.write(lambda transaction: transaction.run(BARE, facts=facts))

    return create


def main() -> None:
    """Measure and print."""
    pg.track(transform=pg.Transform(name="bench", type="function"))
    for number in range(5):
        one(number).save()
    saves = statistics.median(seconds(one(number).save) for number in range(5, 5 + TIMES))
    disk = statistics.median(seconds(partial(synced, Path(f"d{number}.txt"))) for number in range(TIMES))
    beside = (saves - disk) * 1e3
    create = bare()
    least = statistics.median(seconds(create) for _ in range(TIMES))
    print(f"one small file: save {saves * 1e3:.1f} ms, the disk alone {disk * 1e3:.1f} ms, ratio {saves / disk:.1f}")
    print(f"  beside the disk {beside:.1f} ms   goal 4 ms")
    print(f"  a bare transaction that creates one node {least * 1e3:.1f} ms, ratio {beside / least / 1e3:.1f}")
    rate("in the storage root", files(pg.settings.storage.root / "raw"), 2_000, by_key=False)
    rate("copied in, durable", files(Path("copied")), 500, by_key=True)
    pg.finish()
    files(Path("project"), PROJECT)
    took, again = seconds(lambda: pg.add("project")), seconds(lambda: pg.add("project"))
    print(f"{PROJECT:,} files of a project, by pg.add: {PROJECT / took:,.0f}/s, again {PROJECT / again:,.0f}/s")


if __name__ == "__main__":
    with empty_instance():
        main()
