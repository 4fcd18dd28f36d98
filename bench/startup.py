"""How quickly provgraph starts: importing it, and a whole process that tracks, saves one file and finishes.

A whole process is compared with a bare script that only imports the driver and runs five MERGEs on the same engine.
Run: .venv/bin/python bench/startup.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TIMES: Final = 7
"""How often each is measured; the median is shown."""

IMPORT: Final = """
import time
begun = time.perf_counter()
import provgraph
took = time.perf_counter() - begun
import psutil
print(took, psutil.Process().memory_info().rss / 1e6)
"""
FLOW: Final = """
import provgraph as pg
pg.track()
open("out.csv", "w").write("1")
pg.Artifact("out.csv", key="out.csv").save()
pg.finish()
"""
BARE: Final = """
from pathlib import Path
from provgraph.engines.local import LocalEngine
local = LocalEngine(Path(".provgraph"))
if local.owner() is None:
    local.start()
from neo4j import GraphDatabase
address = local.locate()
with GraphDatabase.driver(address.url, auth=(address.writer.username, address.writer.password)) as driver:
    with driver.session(database=address.database) as session, session.begin_transaction() as transaction:
        for number in range(5):
            transaction.run("MERGE (n:Bench {uid: $uid}) RETURN n.uid", uid=str(number)).consume()
        transaction.commit()
"""


def python(*arguments: str) -> tuple[float, str]:
    """Run a Python process and give its seconds and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PROVGRAPH_USER": "bench", "PROVGRAPH_BACKUPS": "off"}
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment)
    return time.perf_counter() - begun, done.stdout


def stop() -> None:
    """Stop the engine of the working directory, so that the next process starts cold."""
    python("-c", "import provgraph as pg; pg.stop()")


def whole(script: str, *, cold: bool) -> float:
    """Give the median seconds of a whole process."""
    seconds = []
    for _ in range(TIMES):
        if cold:
            stop()
        seconds.append(python(script)[0])
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    measured = [tuple(map(float, python("-c", IMPORT)[1].split())) for _ in range(TIMES)]
    empty = statistics.median(python("-c", "pass")[0] for _ in range(TIMES))
    print(f"python -c pass           {empty:.2f} s")
    print(f"import provgraph         {statistics.median(each[0] for each in measured):.3f} s   goal 0.3 s")
    print(f"  memory of the process  {statistics.median(each[1] for each in measured):.0f} MB     goal 50 MB")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            processes()
        finally:
            stop()
            os.chdir(ROOT)


def processes() -> None:
    """Measure whole processes in the working directory, an empty project."""
    Path("flow.py").write_text(FLOW)
    Path("bare.py").write_text(BARE)
    python("flow.py")
    for name, cold, goal in (("cold", True, 1.0), ("warm", False, 0.7)):
        flow, bare = whole("flow.py", cold=cold), whole("bare.py", cold=cold)
        print(f"track, save, finish {name} {flow:.2f} s   goal {goal} s")
        print(f"  a bare driver {bare:.2f} s, ratio {flow / bare:.1f}")


if __name__ == "__main__":
    main()
