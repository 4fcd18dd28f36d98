"""`pg.add` of a project that is there already: interrupted it loses nothing, and goes on where it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.store.adding import BATCH
from tests.support.processes import PATIENCE, surroundings, until

if TYPE_CHECKING:
    from tests.conftest import Setup

FILES = 4 * BATCH


def is_still() -> bool:
    """Say whether no file came for a moment."""
    before = pg.Artifact.filter().count()
    time.sleep(0.3)
    return pg.Artifact.filter().count() == before


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_can_be_repeated(how: signal.Signals, setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is there once; of the files of one transaction all or none; and what is known already is said."""
    Path("data").mkdir()
    for number in range(FILES):
        Path("data", f"{number}.txt").write_text(str(number))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "provgraph", "add", "data"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(**setup.environment),
    )
    assert until(lambda: pg.Artifact.filter().exists() or process.poll() is not None)
    process.send_signal(how)
    _, said = process.communicate(timeout=PATIENCE)
    assert until(is_still)  # what was on its way when it was killed has arrived
    there = pg.Artifact.filter().count()
    assert (0 < there < FILES, there % BATCH) == (True, 0)
    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    capsys.readouterr()
    assert len(pg.add("data")) == FILES
    assert f"{there:,} of the files were known already" in capsys.readouterr().err
    assert sorted(pg.Artifact.filter().list("key")) == sorted(f"data/{number}.txt" for number in range(FILES))
    assert (pg.check(), pg.verify(sample=200).findings) == ([], [])
