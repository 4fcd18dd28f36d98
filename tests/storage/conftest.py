"""A user without rights, for the tests of what may not be read or written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BECOME = """
import os, sys
import blake3, pathspec, sqlite3
from pathlib import Path
from provgraph.errors import ProvgraphError
from provgraph.storage.content import ContentStore
from provgraph.storage.hashing import hash_file, hash_files
from provgraph.storage.memory import HashMemory
from provgraph.storage.scan import scan
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user can enter, as pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="provgraph-test-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def as_nobody(public: Path) -> Callable[[str], str]:
    """Run a script in the public folder as a user without rights, and give what it prints."""
    return lambda script: python(BECOME + script, public)
