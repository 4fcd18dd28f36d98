"""Whether something is there: also where the system will not say, as below a folder that may not be entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.storage.hashing import NOWHERE

if TYPE_CHECKING:
    from pathlib import Path


def is_there(path: Path, *, unseen: bool = False) -> bool:
    r"""Say whether there is something at a path; `unseen` is the answer where that cannot be seen.

    >>> is_there(Path()), is_there(Path("nothing")), is_there(Path("a\0b"), unseen=True)
    (True, False, False)
    """
    try:
        path.stat()
    except OSError as error:
        return unseen and error.errno not in NOWHERE
    except ValueError:  # no file can have this name
        return False
    return True


def size_at(path: Path) -> int | None:
    """Give the size of what is at a path, None where that is nothing or cannot be seen.

    >>> size_at(Path("nothing")) is None
    True
    """
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


def is_file(path: Path) -> bool:
    r"""Say whether there is a file at a path, which may be any text; False where that cannot be seen.

    >>> is_file(Path("x" * 5000)), is_file(Path("a\0b"))
    (False, False)
    """
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
