"""A user without rights, for the tests of what may not be read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.processes import python
from tests.support.public import NOBODY, public_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BECOME = f"""
import os, sys
import blake3, pathspec, sqlite3
from pathlib import Path
from provgraph.errors import ProvgraphError
from provgraph.storage.content import ContentStore
from provgraph.storage.hashing import hash_file, hash_files
from provgraph.storage.memory import HashMemory
from provgraph.storage.scan import every_file, scan
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user can enter, as pytest's are not."""
    with public_folder() as folder:
        yield folder


@pytest.fixture
def as_nobody(public: Path) -> Callable[[str], str]:
    """Run a script in the public folder as a user without rights, and give what it prints."""
    return lambda script: python(BECOME + script, public)
