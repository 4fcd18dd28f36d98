"""Flipped bits: one at every tenth of a large file, and one in each of many small ones; `verify` must find all."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import provgraph as pg
from tests.support.disks import flipped
from tests.torture.trials import Outcome


def bits_flipped(size: int, files: int, seed: int) -> Outcome:
    """Flip bits of a file of `size` bytes, and of so many small ones."""
    outcome, began = Outcome("one flipped bit"), time.monotonic()
    _large(size, outcome)
    _small(files, random.Random(seed), outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _large(size: int, outcome: Outcome) -> None:
    path = Path("large.bin")
    path.write_bytes(os.urandom(size))
    artifact = pg.Artifact(path, key=path.name, run=False, copy=False).save()
    for place in (*range(0, size, size // 10), size - 1):
        flipped(path, place)
        outcome.trials += 1
        if [each.state for each in pg.verify(artifact).findings] != ["changed"]:
            outcome.lost.append(f"a bit of byte {place} of {size}")
        flipped(path, place)
    outcome.half += map(str, pg.verify(artifact).findings)
    path.unlink()
    artifact.delete(permanent=True)


def _small(files: int, chosen: random.Random, outcome: Outcome) -> None:
    paths = [Path(f"small-{number}.txt") for number in range(files)]
    for path in paths:
        path.write_text(f"what {path} holds")
    pg.save([pg.Artifact(path, key=path.name, run=False, copy=False) for path in paths])
    for path in paths:
        flipped(path, chosen.randrange(path.stat().st_size))
    found = {each.key for each in pg.verify().findings if each.state == "changed"}
    outcome.trials += files
    outcome.lost += [f"a bit of {path}" for path in paths if path.name not in found]
    pg.Artifact.filter(key__startswith="small-").delete(permanent=True)
    for path in paths:
        path.unlink()
