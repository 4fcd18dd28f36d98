"""Many writers: processes that start at once, and work to their end beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import provgraph as pg
from provgraph.store import current
from tests.support.processes import owners
from tests.torture.trials import Outcome, ended, tried, victim

if TYPE_CHECKING:
    from pathlib import Path

STARTERS: Final = 4


def many_writers(processes: int, rounds: int, seed: int) -> Outcome:
    """Let processes start at once and work to their end, all with the same transforms."""

    def work(folder: Path, seed: int) -> list[str]:
        return ended(*(victim(folder, seed * 100 + number, rounds) for number in range(processes)))

    return tried(f"{processes} writers x {rounds} rounds", 1, seed, work)


def many_saves(processes: int, saves: int, seed: int) -> Outcome:
    """Let processes save one file after the other, with one transform that all of them make first."""

    def work(folder: Path, seed: int) -> list[str]:
        before = pg.Artifact.filter().count()
        errors = ended(
            *(victim(folder, seed * 100 + number, saves, work="saves") for number in range(processes)),
        )
        made = pg.Artifact.filter().count() - before
        return errors if made == processes * saves else [*errors, f"{made} of {processes * saves} are there"]

    return tried(f"{processes} writers x {saves} saves", 1, seed, work)


def engine_started(trials: int, seed: int) -> Outcome:
    """Let four processes start the local engine in the same instant: there is one, and all four work."""

    def work(folder: Path, seed: int) -> list[str]:
        pg.stop()
        errors = ended(*(victim(folder, seed * 10 + number, 1, work="saves") for number in range(STARTERS)))
        engines = owners(current.existing().instance.folder)
        return errors if len(engines) == 1 else [*errors, f"{len(engines)} engines run"]

    return tried(f"{STARTERS} processes start the engine", trials, seed, work)
