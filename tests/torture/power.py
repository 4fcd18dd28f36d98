"""Loss of power: what had not reached the disk is gone.

The project lies on an ext4 file system of its own, in an image behind a loop device. While the victim and the engine
stand still, the image is copied: it holds what the file system had sent to its device, and nothing of what waited in
memory. The copy is mounted in its place, which plays back the journal as after a loss of power, and looked at.

This shows every missing fsync of a file, a folder or a log. It does not show what a disk forgets that lies about its
own cache, nor the order in which such a disk writes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import psutil

import provgraph as pg
from provgraph.store import current
from tests.support.processes import PATIENCE, owners, until
from tests.support.skips import lacking
from tests.torture.trials import MANY, Outcome, has_begun, judge, victim

SIZE: Final = "400M"
NEEDED: Final = "loss of power is tried on a loop-mounted ext4: be root, with mkfs.ext4 (apt-get install e2fsprogs)"
KEPT_BACK: Final = "loop,commit=600"
"""The file system writes its journal when it is asked to, and not after some seconds by itself."""


def power_lost(trials: int, seed: int) -> Outcome:
    """Cut the power while a client works, and look at what is left; the working directory holds the images."""
    if os.geteuid() or not shutil.which("mkfs.ext4") or not Path("/dev/loop-control").exists():
        lacking(NEEDED)
    outcome, began = Outcome("loss of power"), time.monotonic()
    here = Path.cwd()
    for number in range(trials):
        folder = here / f"power-{seed}-{number}"
        folder.mkdir()
        try:
            _one(folder, random.Random(seed * 1000 + number), outcome)
        finally:
            os.chdir(here)
    outcome.seconds = time.monotonic() - began
    return outcome


def _one(folder: Path, chosen: random.Random, outcome: Outcome) -> None:
    image, copy, disk, told = (folder / name for name in ("disk.img", "copy.img", "disk", "told"))
    disk.mkdir()
    told.mkdir()
    _run("truncate", "-s", SIZE, str(image))
    _run("mkfs.ext4", "-q", "-F", str(image))
    project = disk / "project"
    _run("mount", "-o", KEPT_BACK, str(image), str(disk))
    try:
        project.mkdir()
        _run("sync", "-f", str(disk))
        process = victim(told, chosen.randrange(1_000_000), MANY, project)
        until(lambda: has_begun(told) or process.poll() is not None)
        time.sleep(chosen.uniform(0.0, 2.0))
        still = [process.pid, *(each.pid for each in owners(project / ".provgraph"))]
        for pid in still:
            os.kill(pid, signal.SIGSTOP)
        _run("cp", "--sparse=always", str(image), str(copy))
        if process.poll() is not None:
            outcome.errors.append(f"it had ended with {process.returncode}")
        for pid in still:
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    finally:
        _unmounted(disk)
    _run("mount", "-o", "loop", str(copy), str(disk))
    try:
        os.chdir(project)
        current.close()
        judge(told, outcome)
        pg.stop()
    finally:
        current.close()
        os.chdir(folder)
        _unmounted(disk)
        image.unlink()
        copy.unlink()


def _unmounted(disk: Path) -> None:
    def unmounted() -> bool:
        return subprocess.run(["umount", str(disk)], check=False, stderr=subprocess.DEVNULL).returncode == 0

    assert until(unmounted), [each for each in psutil.process_iter() if str(disk) in each.cmdline()]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
