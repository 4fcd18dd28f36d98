"""A real Chromium for the tests of pages: Debian's own, driven by playwright; nothing can be looked up or loaded."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Final

from tests.support.skips import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
NEEDED: Final = "the pages are tested in Chromium: apt-get install chromium"
OPTIONS: Final = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND")
"""Tests run as root, where Chromium has no sandbox of its own; and no name of any host is found."""


def program() -> str | None:
    """Find Chromium."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def required() -> str:
    """Give Chromium's path; without it skip with one line, with CI=true fail."""
    return program() or lacking(NEEDED)


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Start it, give it, and stop it."""
    path = required()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()
