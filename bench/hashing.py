"""How quickly files are hashed: a large one beside a plain read of the same bytes, and a thousand small ones.

Run: .venv/bin/python bench/hashing.py
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.storage.hashing import CHUNK, hash_file, hash_files
from provgraph.storage.memory import RACY, HashMemory

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 5
LARGE: Final = 1 << 30
MANY: Final = 1_000
SMALL: Final = 10_000
GOAL: Final = 2.0
"""GB a second."""


def seconds(work: Callable[[], object]) -> float:
    """Give the seconds that a call takes: the middle of several, after a first one that warms the page cache."""
    took = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])


def read(path: Path) -> None:
    """Read a file's bytes and do nothing with them."""
    buffer = bytearray(CHUNK)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def large(path: Path) -> None:
    """Measure one large file."""
    with path.open("wb") as file:
        for _ in range(LARGE // CHUNK):
            file.write(os.urandom(CHUNK))
    plain, hashed = seconds(lambda: read(path)), seconds(lambda: hash_file(path))
    print(f"one file of {LARGE / 1e9:.1f} GB: hash_file {LARGE / hashed / 1e9:.1f} GB/s   goal {GOAL:.0f} GB/s")
    print(f"  a plain read {LARGE / plain / 1e9:.1f} GB/s, ratio {hashed / plain:.1f}")


def small(folder: Path) -> None:
    """Measure many small files, unknown and remembered."""
    paths = [folder / f"{number}.txt" for number in range(MANY)]
    for path in paths:
        path.write_bytes(os.urandom(SMALL))
        os.utime(path, (0, 0))
    time.sleep(2 * RACY / 1e9)  # younger ones are not remembered
    memory = HashMemory(folder / "hashes.sqlite")
    plain, hashed = seconds(lambda: [path.read_bytes() for path in paths]), seconds(lambda: hash_files(paths))
    known = seconds(lambda: hash_files(paths, memory=memory))
    print(f"{MANY} files of {SMALL / 1e3:.0f} kB: {MANY / hashed:,.0f}/s, remembered {MANY / known:,.0f}/s")
    print(f"  a plain read {MANY / plain:,.0f}/s, ratio {hashed / plain:.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        large(Path(place, "large"))
        small(Path(place))
