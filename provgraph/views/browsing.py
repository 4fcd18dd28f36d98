"""A page in the person's own browser, where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

AWAY: Final = ("SSH_CONNECTION", "SSH_TTY", "CI")
"""Who set one of these sits elsewhere, or nobody sits there."""
SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY")


def has_screen(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Say whether a browser would be seen.

    >>> has_screen({"DISPLAY": ":0"}, "linux"), has_screen({}, "linux"), has_screen({}, "darwin")
    (True, False, True)
    >>> has_screen({"DISPLAY": ":0", "SSH_CONNECTION": "::1"}, "linux"), has_screen({"CI": "true"}, "win32")
    (False, False)
    """
    if any(environment.get(name) for name in AWAY):
        return False
    return platform in {"darwin", "win32"} or any(environment.get(name) for name in SCREENS)


def opens(page: Path) -> bool:
    """Open a page in the browser, in a process of its own that nothing waits for; say whether there is a screen."""
    if not has_screen(os.environ):
        return False
    command = [sys.executable, "-m", "webbrowser", "-t", page.resolve().as_uri()]
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - Python's own module, and a page that was just written
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError:
        return False
    threading.Thread(target=process.wait, daemon=True).start()
    return True


def temporary_file() -> Path:
    """Give a place for a page in a new folder that only this user reads."""
    return Path(tempfile.mkdtemp(prefix="provgraph-")) / "lineage.html"
