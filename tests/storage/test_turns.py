"""Turns: who writes takes them together, who reads everything alone, across processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from provgraph.storage.turns import Turns
from tests.support.processes import PATIENCE, ROOT, until

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from provgraph.storage.turns import Turns
with getattr(Turns(Path(sys.argv[1])), sys.argv[2])():
    print("held", flush=True)
    time.sleep(60)
"""


def _holding(folder: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, str(folder), how, str(ROOT)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _in_a_thread(folder: Path, how: str) -> threading.Event:
    """Say when a turn was got."""
    got = threading.Event()

    def take() -> None:
        with getattr(Turns(folder), how)():
            got.set()

    threading.Thread(target=take, daemon=True).start()
    return got


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE)


def test_those_who_write_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Any number of them."""
    process = _holding(tmp_path, "together")
    assert _in_a_thread(tmp_path, "together").wait(PATIENCE)
    _end(process)


def test_who_is_alone_and_who_writes_wait_for_each_other(tmp_path: Path) -> None:
    """Until the other's process ends, however it does."""
    for first, second in (("together", "alone"), ("alone", "together"), ("alone", "alone")):
        process = _holding(tmp_path, first)
        got = _in_a_thread(tmp_path, second)
        assert not got.wait(0.3)
        _end(process)
        assert got.wait(PATIENCE)


def test_who_wants_to_be_alone_is_not_kept_waiting_by_those_who_come(tmp_path: Path) -> None:
    """Although somebody writes at every moment."""
    stopping = threading.Event()

    def write() -> None:
        while not stopping.is_set():
            with Turns(tmp_path).together():
                time.sleep(0.02)

    writers = [threading.Thread(target=write) for _ in range(6)]
    for each in writers:
        each.start()
    try:
        for _ in range(5):
            assert _in_a_thread(tmp_path, "alone").wait(10)
    finally:
        stopping.set()
        for each in writers:
            each.join()


def test_a_folder_that_cannot_be_written_keeps_nobody(tmp_path: Path) -> None:
    """It is gone, say: then nobody waits."""
    with Turns(tmp_path / "gone").together():
        pass
    with Turns(tmp_path / "gone").alone():
        pass
    assert until(lambda: not (tmp_path / "gone").exists())
