"""Other users: one without rights, and folders that every user can enter, as pytest's are not."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount disks and give files away"
)


BOUND_BY_MODES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""What a command of root's begins with that may not pass over the modes of files, as no other user may."""


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """Give a folder that is removed afterwards, whatever the modes of what is in it."""
    folder = Path(tempfile.mkdtemp(prefix="provgraph-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)
