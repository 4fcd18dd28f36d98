"""An empty instance in a temporary folder, for what is measured."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

import provgraph as pg

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def empty_instance() -> Iterator[None]:
    """Work in a new folder as the user "bench"; the instance that is made there is deleted at the end."""
    os.environ |= {"PROVGRAPH_USER": "bench", "PROVGRAPH_BACKUPS": "off"}
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            yield
        finally:
            pg.delete(force=True)
            os.chdir("/")
