"""A migration that is killed: the next process that opens the store brings it up to date, each statement once."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path
from typing import Final

from provgraph.statements import files
from provgraph.store import schema
from tests.support.processes import PATIENCE, owners, started
from tests.torture.trials import Outcome

RECORDS: Final = 20_000
MIGRATION: Final = """// mode: write
// returns: none
// parameters: none
MATCH (t:Touched) SET t.first = coalesce(t.first, 0) + 1;
MATCH (t:Touched) SET t.second = coalesce(t.second, 0) + t.first;
"""
OPEN: Final = """
import sys
from pathlib import Path
from provgraph.statements import files
files.folder = lambda: Path(sys.argv[1])
from provgraph.store import current, schema
engine = current.store().engine
"""
PREPARE: Final = f"""{OPEN}
engine.write(lambda tx: tx.run("UNWIND range(1, {RECORDS}) AS number CREATE (:Touched {{number: number}})"))
"""
LOOK: Final = f"""{OPEN}
print(engine.read("MATCH (t:Touched) WHERE t.first = 1 AND t.second = 1 RETURN count(t)")[0][0], schema.version(engine))
engine.write(lambda tx: tx.run("MATCH (t:Touched) SET t.first = null, t.second = null"))
engine.write(lambda tx: tx.run("MATCH (s:Schema) SET s.version = s.version - 1"))
"""


def migration_killed(trials: int, seed: int) -> Outcome:
    """Kill the process that migrates, every second time its engine too; the working directory holds the projects."""
    outcome, began, chosen = Outcome("kill -9 while a migration runs"), time.monotonic(), random.Random(seed)
    here, project = Path.cwd(), Path.cwd() / f"migrated-{seed}"
    shutil.copytree(files.folder(), project / "cypher")
    (project / ".git").mkdir()
    os.chdir(project)
    try:
        _printed(PREPARE, files.folder())
        newer = schema.newest() + 1
        (project / "cypher" / "migrations" / f"{newer:04}_touch.cypher").write_text(MIGRATION)
        took = _whole(project)
        for _ in range(trials):
            _one(project, chosen, took, newer, outcome)
    finally:
        for each in owners(project / ".provgraph"):
            each.terminate()
            each.wait()
        os.chdir(here)
    outcome.seconds = time.monotonic() - began
    return outcome


def _printed(script: str, folder: Path) -> str:
    """Run a script and give what it printed."""
    process = started(script, folder)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out.strip()


def _whole(project: Path) -> float:
    """Give the seconds that a process needs to open the store and migrate it."""
    began = time.monotonic()
    _printed(OPEN, project / "cypher")
    took = time.monotonic() - began
    _printed(LOOK, project / "cypher")
    return took


def _one(project: Path, chosen: random.Random, took: float, newer: int, outcome: Outcome) -> None:
    process = started(OPEN, project / "cypher")
    time.sleep(chosen.uniform(took / 3, took))
    if outcome.trials % 2:
        for each in owners(project / ".provgraph"):
            each.kill()
    process.kill()
    process.communicate()
    outcome.trials += 1
    if (found := _printed(LOOK, project / "cypher")) != f"{RECORDS} {newer}":
        outcome.half.append(f"{found} of {RECORDS} {newer}")
