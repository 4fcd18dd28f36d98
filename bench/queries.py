"""How quickly records come back: 10,000 as a DataFrame, and a lookup over 11,000.

The DataFrame has twelve columns; it is compared with the engine's own time for seven cells of the same records, by
which its goal was set.

Run: .venv/bin/python bench/queries.py
"""

from __future__ import annotations

from typing import Final

from instance import empty_instance
from timing import milliseconds

import provgraph as pg
from provgraph.store import current

RECORDS: Final = 11_000
SHOWN: Final = 10_000
BATCH: Final = 1_000
SEVEN: Final = """
MATCH (a:Artifact) WHERE a.created_us > 0 WITH a LIMIT $most
RETURN collect([a.uid, a.key, a.suffix, a.size, a.hash, a.is_latest, a.created_us])
"""


def fill() -> None:
    """Save the records, files that lie in the storage."""
    folder = pg.settings.storage.root / "raw"
    folder.mkdir()
    paths = [folder / f"{number}.txt" for number in range(RECORDS)]
    for path in paths:
        path.write_text(path.name)
    for start in range(0, RECORDS, BATCH):
        pg.save([pg.Artifact(path) for path in paths[start : start + BATCH]])


def main() -> None:
    """Measure and print."""
    pg.track(transform=pg.Transform(name="bench", type="function"))
    fill()
    first = pg.Artifact.filter()[0].uid
    _, trip = milliseconds(lambda: pg.Artifact.filter(uid=first).exists())
    _, frame = milliseconds(lambda: pg.Artifact.df(limit=SHOWN))
    assert len(pg.Artifact.df(limit=SHOWN)) == SHOWN
    engine = current.store().engine
    _, seven = milliseconds(lambda: engine.read(SEVEN, most=SHOWN))
    _, lookup = milliseconds(pg.Artifact.lookup)
    assert len(pg.Artifact.lookup()) == RECORDS
    print(f"one record           {trip:.1f} ms")
    print(f"{SHOWN:,} to a DataFrame {frame:.0f} ms   goal 60 ms; ratio to one record {frame / trip:.0f}")
    print(f"  seven cells of each by the driver alone {seven:.0f} ms, ratio {frame / seven:.1f}   goal 1.2 to 2.1")
    print(f"lookup over {RECORDS:,}   {lookup:.0f} ms   goal 50 ms; ratio to one record {lookup / trip:.0f}")
    for name, work in (
        ("count", lambda: pg.Artifact.filter().count()),
        ("filter by key", lambda: pg.Artifact.filter(key="raw/77.txt").list()),
        ("filter by run's transform", lambda: list(pg.Artifact.filter(run__transform__name="bench")[:20])),
        ("search", lambda: pg.Artifact.search("77").first()),
    ):
        _, took = milliseconds(work)
        print(f"{name:<26} {took:.1f} ms, ratio to one record {took / trip:.0f}")
    pg.finish()


if __name__ == "__main__":
    with empty_instance():
        main()
