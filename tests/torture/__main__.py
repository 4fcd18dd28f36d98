"""The long trials, on both engines: `make torture` prints the table of docs/reliability.md."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import provgraph as pg
from tests.support import neo4j_server
from tests.torture import trials
from tests.torture.flips import bits_flipped
from tests.torture.migrations import migration_killed
from tests.torture.network import network_fails
from tests.torture.power import power_lost
from tests.torture.writers import engine_started, many_saves, many_writers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.trials import Outcome

COLUMNS = ("fault", "trials", "acknowledged calls", "lost", "half saved", "errors", "seconds")


def on_the_local_engine() -> Iterator[Outcome]:
    """Kill and interrupt clients, kill the engine, both, jobs, who brings them in; cut the power; let many write."""
    yield trials.client_killed(200, 1)
    yield trials.client_interrupted(50, 21)
    yield trials.engine_killed(50, 2)
    yield trials.both_killed(50, 3)
    yield many_writers(8, 20, 4)
    yield many_saves(8, 200, 9)
    yield engine_started(50, 10)
    yield power_lost(20, 7)
    yield trials.jobs_killed(50, 8)
    yield migration_killed(50, 11)
    yield bits_flipped(200_000_000, 1_000, 12)


def on_neo4j() -> Iterator[Outcome]:
    """Kill and interrupt clients, kill jobs, who brings them in, migrations; let many write, and the network fail."""
    yield trials.client_killed(50, 5)
    yield trials.client_interrupted(20, 22)
    yield many_writers(8, 20, 6)
    yield many_saves(8, 200, 13)
    yield network_fails(20, 14)
    yield trials.jobs_killed(20, 16)
    yield migration_killed(20, 15)


def main() -> int:
    """Print a row for each kind of fault and engine; give 1 when anything was lost or half saved."""
    os.environ |= {"PROVGRAPH_USER": "ada", "PROVGRAPH_BACKUPS": "off"}
    print(f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        is_well = _all_well("local", Path(folder, "local"), on_the_local_engine())
        server_folder = Path(folder, "server")
        server_folder.mkdir()
        with neo4j_server.shared(server_folder) as server:
            os.environ |= server.environment()
            is_well &= _all_well("neo4j", Path(folder, "neo4j"), on_neo4j())
    return 0 if is_well else 1


def _all_well(engine: str, project: Path, outcomes: Iterator[Outcome]) -> bool:
    project.mkdir()
    os.chdir(project)
    pg.init(project, name=f"torture-{engine}", shared=True)
    found = []
    try:
        for outcome in outcomes:
            outcome.kind += f", {engine}"
            print(outcome, flush=True)
            for each in (*outcome.lost, *outcome.half, *outcome.errors):
                print(each, file=sys.stderr)
            found.append(outcome.is_well)
    finally:
        pg.delete(force=True)
        os.chdir("/")
    return all(found)


if __name__ == "__main__":
    sys.exit(main())
