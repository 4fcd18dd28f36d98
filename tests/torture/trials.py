"""Trials: victims are started and killed, then everything is looked at."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import provgraph as pg
from provgraph.store import current
from tests.support.clocks import two_days_later
from tests.support.neo4j_server import free_port
from tests.support.processes import PATIENCE, owners, surroundings, until
from tests.torture.victim import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AT_THE_START: Final = 0.3
"""The share of clients that are killed in their first second, when they import, connect and begin."""
BETWEEN_INTERRUPTIONS: Final = (-2.0, 0.3)
"""Powers of 10 of the least and the longest time in seconds: within one call, and after several rounds."""
CELLS: Final = 12
MANY: Final = 1_000
"""Rounds that no victim lives to end."""


@dataclass
class Outcome:
    """What trials of one kind gave: acknowledged calls, what of them was lost, what was there by half, and errors."""

    kind: str
    trials: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, nothing half saved, and no error seen."""
        return not (self.lost or self.half or self.errors)

    def __str__(self) -> str:
        """Give a row of the table."""
        counts = f"{self.trials} | {self.acknowledged:,} | {len(self.lost)} | {len(self.half)} | {len(self.errors)}"
        return f"| {self.kind} | {counts} | {self.seconds:.0f} |"


def client_killed(trials: int, seed: int) -> Outcome:
    """Kill a client at a random moment of its life, from its start to deep in its work."""
    return tried("kill -9 of the client", trials, seed, _kill_client)


def client_interrupted(trials: int, seed: int) -> Outcome:
    """Interrupt a client again and again, as Ctrl-C does; it goes on with the next thing, as a notebook does."""
    return tried("Ctrl-C in a client that goes on", trials, seed, _interrupt_client)


def engine_killed(trials: int, seed: int) -> Outcome:
    """Kill the local engine under four writers, who go on."""
    return tried("kill -9 of the engine under 4 writers", trials, seed, _kill_engine)


def both_killed(trials: int, seed: int) -> Outcome:
    """Kill the local engine and the client at once."""
    return tried("kill -9 of client and engine", trials, seed, _kill_both)


def tried(kind: str, trials: int, seed: int, one: Callable[[Path, int], list[str]]) -> Outcome:
    """Make the trials in the working directory's project, and look at everything after each."""
    outcome, began = Outcome(kind), time.monotonic()
    chosen = random.Random(seed)
    for number in range(trials):
        folder = Path("told") / f"{seed}-{number}"
        folder.mkdir(parents=True)
        outcome.errors += one(folder, chosen.randrange(1_000_000))
        judge(folder, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def judge(folder: Path, outcome: Outcome) -> None:
    """End a trial: look for all that the victims told in a folder."""
    told = told_in(folder)
    outcome.trials += 1
    outcome.acknowledged += sum("batch" not in each and "interrupted" not in each for each in told)
    look(told, outcome)


def look(told: Sequence[dict[str, Any]], outcome: Outcome) -> None:
    """Compare the graph and the files with what was acknowledged, and find what is there by half.

    What nobody needs is collected before every byte is read: then all that was acknowledged must be there still.
    """
    artifacts = {each.uid: (each.key, each.hash) for each in pg.Artifact.filter()}
    runs = {each.uid: each for each in pg.Run.filter()}
    keys = {key for key, _ in artifacts.values()}
    read, made = ({(*artifacts[uid], run) for uid, run in _joined(edge)} for edge in ("INPUT_OF", "OUTPUT_OF"))
    for each in told:
        match each:
            case {"saved": key, "hash": hash_, "run": run} | {"read": key, "hash": hash_, "run": run}:
                kept = (key, hash_, run) in made | read
            case {"finished": run}:
                kept = run in runs and runs[run].status == "completed"
            case {"run": run}:
                kept = run in runs
            case {"whole": names}:
                kept = all(_is_there(name, keys) for name in names)
            case {"batch": names}:
                there = sum(_is_there(name, keys) for name in names)
                if there not in (0, BATCH):
                    outcome.half.append(f"{there} of the batch {names}")
                continue
            case {"interrupted": _}:
                continue
        if not kept:
            outcome.lost.append(str(each))
    with two_days_later():
        pg.gc()
    verified = pg.verify()
    outcome.half += [*map(str, verified.findings), *map(str, verified.graph)]


def _joined(edge: str) -> set[tuple[str, str]]:
    """Give the artifacts and runs that an edge joins."""
    query = f"MATCH (a:Artifact {{kind: 'data', space: $space}})-[:{edge}]->(r:Run) RETURN a.uid, r.uid"
    rows = current.existing().fetch(query, {"space": current.existing().space})
    return {(artifact, run) for artifact, run in rows}


def _is_there(name: str, keys: set[str | None]) -> bool:
    return name in keys or f"own/{name}" in keys


def _kill_client(folder: Path, seed: int) -> list[str]:
    chosen = random.Random(seed)
    process = victim(folder, seed, MANY)
    if chosen.random() >= AT_THE_START:
        until(lambda: has_begun(folder) or process.poll() is not None)
    time.sleep(chosen.uniform(0.0, 1.0))
    return killed(process)


def _interrupt_client(folder: Path, seed: int) -> list[str]:
    chosen = random.Random(seed)
    process = victim(folder, seed, CELLS, work="cells")
    until(lambda: has_begun(folder) or process.poll() is not None)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(10 ** chosen.uniform(*BETWEEN_INTERRUPTIONS))
    left = pg.Run.filter(status__in=["running", "abandoned"]).uids()
    return [*ended(process), *(f"Run('{uid[:8]}') was not ended" for uid in left)]


def _kill_engine(folder: Path, seed: int) -> list[str]:
    victims = [victim(folder, seed * 10 + number, 12) for number in range(4)]
    until(lambda: has_begun(folder))
    time.sleep(random.Random(seed).uniform(0.0, 2.0))
    _kill_owner()
    return ended(*victims)


def _kill_both(folder: Path, seed: int) -> list[str]:
    process = victim(folder, seed, MANY)
    until(lambda: has_begun(folder) or process.poll() is not None)
    time.sleep(random.Random(seed).uniform(0.0, 1.0))
    _kill_owner()
    return killed(process)


def jobs_killed(trials: int, seed: int) -> Outcome:
    """Kill batch jobs, which write to the spool, and then who brings that in, again and again.

    Where jobs use a server, they name one that cannot be reached.
    """
    return tried("kill -9 of jobs, and of sync", trials, seed, _kill_jobs)


def _kill_jobs(folder: Path, seed: int) -> list[str]:
    chosen = random.Random(seed)
    away = f"bolt://127.0.0.1:{free_port()}" if "PROVGRAPH_URL" in os.environ else None
    unreachable = {"PROVGRAPH_URL": away} if away else {}
    jobs = [
        victim(folder, seed * 10 + number, MANY, SLURM_JOB_ID=str(number + 1), **unreachable) for number in range(3)
    ]
    until(lambda: has_begun(folder))
    time.sleep(chosen.uniform(0.0, 1.5))
    errors = [error for each in jobs for error in killed(each)]
    for _ in range(3):
        sync = subprocess.Popen(
            [sys.executable, "-P", "-m", "provgraph.cli", "sync", *(["--kept-for", away] if away else [])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=surroundings(),
        )
        time.sleep(chosen.uniform(0.3, 1.5))
        sync.kill()
        sync.wait()
    return [*errors, *brought_in(away)]


def brought_in(kept_for: str | None = None) -> list[str]:
    """Bring in what is left, here or for an address; say what could not be, and what is left behind."""
    spool = current.existing().ledger.spool.folder
    found = pg.sync(kept_for=kept_for if any(spool.rglob("*.jsonl*")) else None)
    return [*found.refused, *map(str, spool.rglob("*.jsonl*"))]


def has_begun(folder: Path) -> bool:
    """Say whether a victim has told that something is done."""
    return any(each.stat().st_size for each in folder.iterdir())


def _kill_owner() -> None:
    for each in owners(current.existing().instance.folder):
        each.kill()


def victim(
    folder: Path, seed: int, rounds: int, project: Path | None = None, /, *, work: str = "rounds", **environment: str
) -> subprocess.Popen[str]:
    """Start a victim in a project (else in the working directory), that tells what is done in a file of `folder`.

    With `SLURM_JOB_ID` it is a batch job of that number; its `work` may be "saves" instead of rounds.
    """
    program, told = Path(__file__).with_name("victim.py"), (folder / f"{seed}.jsonl").resolve()
    return subprocess.Popen(
        [sys.executable, "-P", str(program), str(told), str(seed), str(rounds), work],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project,
        env=surroundings(**{"PROVGRAPH_USER": "ada", "SLURM_JOB_ID": "", **environment}),
    )


def killed(process: subprocess.Popen[str]) -> list[str]:
    """Kill a victim; it must have been at work until then."""
    ended = process.poll()
    process.kill()
    _, errors = process.communicate(timeout=PATIENCE)
    return [f"it had ended with {ended}: {errors[-2000:]}"] if ended is not None else []


def ended(*processes: subprocess.Popen[str]) -> list[str]:
    """Wait for victims to end; give the errors of those that did not end well."""
    errors = []
    for each in processes:
        try:
            _, said = each.communicate(timeout=3 * PATIENCE)
        finally:
            each.kill()
        if each.returncode:
            errors.append(f"it ended with {each.returncode}: {said[-2000:]}")
    return errors


def told_in(folder: Path) -> list[dict[str, Any]]:
    """Read what victims told; a last line cut short was not said."""
    lines = [line for file in sorted(folder.iterdir()) for line in file.read_text().splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith("\n")]
