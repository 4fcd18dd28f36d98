"""Clocks that go wrong: what was read, made and replaced is counted in the graph and never told by them."""

from __future__ import annotations

from pathlib import Path

import pytest

import provgraph as pg
from tests.support.scripts import execute

pytestmark = pytest.mark.usefixtures("store")

BY_A_DAY = """
import time
real, real_ns = time.time, time.time_ns
time.time = lambda: real() + {days} * 86_400
time.time_ns = lambda: real_ns() + {days} * 86_400 * 10**9
"""
STEP = """
import sys
import provgraph as pg
from pathlib import Path
pg.track()
before = [pg.Artifact.get(key=key).load() for key in sys.argv[2:]]
Path(sys.argv[1]).write_text(" ".join([*before, sys.argv[1]]))
pg.Artifact(sys.argv[1], key="table.md").save()
pg.Artifact(sys.argv[1], key=sys.argv[1]).save()
"""


def step(name: str, made: str, *read: str, days: int = 0) -> None:
    """Run a script that reads and saves, with a clock that is so many days off."""
    Path(name).write_text(BY_A_DAY.format(days=days) + STEP)
    done = execute(name, made, *read)
    assert done.returncode == 0, done.stderr


def test_a_clock_that_is_set_back_by_a_day_between_runs_changes_no_lineage() -> None:
    """The later run follows the earlier one, its file is the latest version, and the graph's rules hold."""
    step("first.py", "first.md")
    step("second.py", "second.md", "first.md", days=-1)
    step("third.py", "third.md", "second.md")
    first, second, third = (pg.Run.filter(transform__key=f"{name}.py").one() for name in ("first", "second", "third"))
    assert first.started_us > second.started_us  # type: ignore[operator]
    assert [each.uid for each in second.predecessors] == [first.uid]
    assert [each.uid for each in third.predecessors] == [second.uid]
    runs = {first.uid, second.uid, third.uid}
    assert [each.uid for each in pg.lineage("third.md", "upstream") if each.uid in runs] == [
        first.uid,
        second.uid,
        third.uid,
    ]
    versions = [each.load() for each in pg.Artifact.get(key="table.md").versions]
    assert versions == ["first.md", "first.md second.md", "first.md second.md third.md"]
    assert pg.Artifact.get(key="table.md").load() == versions[-1]
    assert {run.status for run in pg.Run.filter()} == {"completed"}
    assert second.finished_us is not None
    assert second.started_us <= second.finished_us  # type: ignore[operator]
    assert pg.check() == []
