"""A process that tracks, saves and reads until it is killed, and writes down what it was told is done.

As a batch job it asks the graph nothing.

Run: python victim.py FILE SEED COUNT WORK; a line of FILE is JSON: what was done, said after the call returned.
WORK is "rounds", each a run that reads, saves and finishes; "cells", rounds that Ctrl-C breaks off, as in a notebook,
which goes on with the next; or "saves", all of them by one run.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import provgraph as pg
from provgraph.probes import cluster
from provgraph.storage import durable

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 5


def main(acknowledged: str, seed: str, count: str, work: str) -> None:
    """Do so many rounds or saves."""
    told = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(**what: object) -> None:
        os.write(told, (json.dumps(what) + "\n").encode())

    {"rounds": _rounds, "cells": _cells, "saves": _saves}[work](seed, int(count), tell)


def _saves(seed: str, count: int, tell: Callable[..., None]) -> None:
    """Save one file after the other, all processes with the same transform."""
    run = pg.track(transform=pg.Transform(name="job", type="function").save(), new_run=True)
    for number in range(count):
        _save(f"{seed}-{number}", run, tell)
    pg.finish()


def _rounds(seed: str, count: int, tell: Callable[..., None]) -> None:
    """Do so many rounds."""
    chosen, known = random.Random(seed), list[pg.Artifact]()
    for number in range(count):
        _round(f"{seed}-{number}", chosen, known, tell)


def _cells(seed: str, count: int, tell: Callable[..., None]) -> None:
    """Do so many rounds, of which all but the first, in which a server plans its statements, may be interrupted."""
    chosen, known = random.Random(seed), list[pg.Artifact]()
    within: list[int] = []

    def interrupt(*_: object) -> None:
        if within:
            within.clear()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    for number in range(count):
        with contextlib.suppress(KeyboardInterrupt):
            within[:] = [number] if number else []  # emptied by the interruption
            _round(f"{seed}-{number}", chosen, known, tell)
        if not within:
            tell(interrupted=number)
        within.clear()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _round(name: str, chosen: random.Random, known: list[pg.Artifact], tell: Callable[..., None]) -> None:
    """Read, save and finish in a run of one of three transforms."""
    transform = pg.Transform(name=f"job {chosen.randrange(3)}", type="function").save()
    run = pg.track(transform=transform, params={"round": name}, new_run=True)
    tell(run=run.uid, transform=transform.uid)
    for _ in range(2):
        if known:
            artifact = chosen.choice(known)
            artifact = artifact if cluster.batch_job() else pg.Artifact.get(artifact.uid)
            artifact.cache()
            tell(read=artifact.key, hash=artifact.hash, run=run.uid)
        known.append(_save(f"{name}-{len(known)}", run, tell))
    keys = [f"{name}-batch-{place}.txt" for place in range(BATCH)]
    tell(batch=keys)
    pg.save([_described(key, f"what {key} holds") for key in keys])
    tell(whole=keys)
    known.append(_save(f"{name.partition('-')[0]}-shared", run, tell, "the same in each round"))
    pg.finish()
    tell(finished=run.uid)


def _save(name: str, run: pg.Run, tell: Callable[..., None], content: str | None = None) -> pg.Artifact:
    artifact = _described(f"{name}.txt", content or f"what {name} holds").save()
    tell(saved=artifact.key, hash=artifact.hash, run=run.uid)
    return artifact


def _described(key: str, content: str) -> pg.Artifact:
    """Write a file outside of the storage, so that it is copied; every third lies in the storage, where it stays.

    That one is written as by a program that minds loss of power: what is not copied is as durable as its writer
    made it.
    """
    if zlib.crc32(key.encode()) % 3:
        Path(key).write_text(content)
        return pg.Artifact(key, key=key)
    folder = Path(".provgraph/storage/own")
    durable.make_folder(folder)
    durable.write(folder / key, content.encode())
    return pg.Artifact(folder / key, key=f"own/{key}")


if __name__ == "__main__":
    main(*sys.argv[1:])
