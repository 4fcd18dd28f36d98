"""Processes that tests start and look at."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up on something that must happen."""

PRELUDE = """
import sys
from contextlib import closing
from pathlib import Path
from provgraph.engines.bolt import BoltEngine
from provgraph.engines.local import LocalEngine
local = LocalEngine(Path(sys.argv[1]))
"""
"""What each script of a test that uses a local engine begins with: `local` is the engine of the folder given to it."""


def surroundings(**more: str) -> dict[str, str]:
    """Give the environment of a process that imports this checkout, with more variables."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def started(script: str, *arguments: object, under: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a Python process of the checkout, if need be by a command that runs it; both its outputs are kept."""
    return subprocess.Popen(
        [*under, sys.executable, "-P", "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )


def said(process: subprocess.Popen[str]) -> str:
    """Wait for a process and give what it printed; it must end well and say nothing else."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (0, ""), err
    return out


def python(script: str, *arguments: object) -> str:
    """Run a Python process of the checkout and give what it printed."""
    return said(started(script, *arguments))


def owners(folder: Path) -> list[psutil.Process]:
    """Give the local engine's processes that were started for a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        ended = process.info["status"] == psutil.STATUS_ZOMBIE
        if "provgraph.engines.local.sidecar" in words and str(folder) in words and not ended:
            found.append(process)
    return found


def end_owners(folder: Path) -> None:
    """End the local engine's processes of a folder."""
    for process in owners(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
            process.wait(PATIENCE)


def until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False when it does not within a minute."""
    end = time.monotonic() + PATIENCE
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def cut_off(call: Callable[[], object], step: str) -> None:
    """Let a forked child make a call, and be gone when it comes to a step, named by its path."""
    if (child := os.fork()) == 0:
        try:
            with mock.patch(step, side_effect=lambda *_, **__: os._exit(9)):
                call()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


HOLD = """
import filelock, sys
with filelock.FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock in another process, as an engine on another host does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.kill()
        process.communicate()
