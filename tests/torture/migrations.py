"""A migration that is killed: the next process that opens the store brings it up to date, each statement once."""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.statements import files
from provgraph.store.instances import schema
from tests.support.processes import PATIENCE, owners, started
from tests.torture.trials import Outcome

if TYPE_CHECKING:
    import subprocess

RECORDS: Final = 20_000
MIGRATION: Final = """// mode: write
// returns: none
// parameters: none
MATCH (t:Touched {{by: '{name}'}}) SET t.first = coalesce(t.first, 0) + 1;
MATCH (t:Touched {{by: '{name}'}}) SET t.second = coalesce(t.second, 0) + t.first;
"""
OPEN: Final = """
import sys
from pathlib import Path
from provgraph.statements import files
files.folder = lambda: Path(sys.argv[1])
from provgraph.store.instances import schema
schema.NAME = name = sys.argv[2]
whole = schema.bring_up_to_date
def told(*arguments, **options):
    print("migrates", flush=True)
    whole(*arguments, **options)
    print("has migrated", flush=True)
schema.bring_up_to_date = told
import provgraph as pg
engine = pg.init(shared=True).engine
"""
"""A process that opens the store; the version it looks at is its own, beside those of others in the same database."""
PREPARE: Final = f"""{OPEN}
create = "UNWIND range(1, $records) AS number CREATE (:Touched {{by: $name, number: number}})"
engine.write(lambda tx: tx.run(create, name=name, records=int(sys.argv[3])))
"""
LOOK: Final = f"""{OPEN}
once = "MATCH (t:Touched {{by: $name}}) WHERE t.first = 1 AND t.second = 1 RETURN count(t)"
print(engine.read(once, name=name)[0][0], schema.version(engine))
engine.write(lambda tx: tx.run("MATCH (t:Touched {{by: $name}}) SET t.first = null, t.second = null", name=name))
engine.write(lambda tx: tx.run("MATCH (s:Schema {{name: $name}}) SET s.version = s.version - 1", name=name))
"""
CLEAR: Final = f"""{OPEN}
engine.write(lambda tx: tx.run("MATCH (t:Touched {{by: $name}}) DELETE t", name=name))
engine.write(lambda tx: tx.run("MATCH (s:Schema {{name: $name}}) DELETE s", name=name))
"""


def migration_killed(trials: int, seed: int, records: int = RECORDS) -> Outcome:
    """Kill the process that migrates, every second time its local engine too.

    The working directory holds the projects. Counted is how often it was killed between the beginning of the migration
    and its end.
    """
    outcome, began, chosen = Outcome("kill -9 while a migration runs"), time.monotonic(), random.Random(seed)
    here, project = Path.cwd(), Path.cwd() / f"migrated-{seed}"
    shutil.copytree(files.folder(), project / "cypher")
    (project / ".git").mkdir()
    os.chdir(project)
    opening = Opening(f"migrated {time.time_ns()}", project / "cypher")
    inside = 0
    try:
        opening.printed(PREPARE, records)
        newer = schema.newest() + 1
        migration = project / "cypher" / "migrations" / f"{newer:04}_touch.cypher"
        migration.write_text(MIGRATION.format(name=opening.name))
        took = opening.whole()
        for _ in range(trials):
            inside += opening.is_cut_off(chosen.uniform(0.0, took), with_engine=bool(outcome.trials % 2))
            outcome.trials += 1
            if (found := opening.printed(LOOK)) != f"{records} {newer}":
                outcome.half.append(f"{found} of {records} {newer}")
        opening.printed(CLEAR)
    finally:
        for each in owners(project / ".provgraph"):
            each.terminate()
            each.wait()
        os.chdir(here)
    outcome.kind += f", {inside} inside of it"
    outcome.seconds = time.monotonic() - began
    return outcome


@dataclass(frozen=True)
class Opening:
    """Processes that open one store, whose version stands under a name, with the statements of a folder."""

    name: str
    folder: Path

    def printed(self, script: str, *arguments: object) -> str:
        """Run a script and give what it printed after it had opened the store."""
        process = started(script, self.folder, self.name, *arguments)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        return out.rpartition("has migrated\n")[2].strip()

    def whole(self) -> float:
        """Give the seconds that a migration takes."""
        process = self._migrating()
        began = time.monotonic()
        assert process.stdout is not None
        assert process.stdout.readline() == "has migrated\n"
        took = time.monotonic() - began
        process.communicate(timeout=PATIENCE)
        self.printed(LOOK)
        return took

    def is_cut_off(self, after: float, *, with_engine: bool) -> bool:
        """Kill a process some seconds after it began to migrate, and say whether it was still at that."""
        process = self._migrating()
        time.sleep(after)
        if with_engine:
            for each in owners(Path(".provgraph").absolute()):
                each.kill()
        process.kill()
        out, _ = process.communicate()
        return "has migrated" not in out

    def _migrating(self) -> subprocess.Popen[str]:
        """Start a process that opens the store, and wait until it begins to migrate."""
        process = started(OPEN, self.folder, self.name)
        assert process.stdout is not None
        assert process.stdout.readline() == "migrates\n", process.communicate()
        return process
