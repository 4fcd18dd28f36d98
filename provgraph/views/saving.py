"""Write what a lineage looks like into a file, in the form that the file's suffix names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.errors import InvalidValueError, StorageError
from provgraph.storage import durable
from provgraph.storage.keys import given_path
from provgraph.views.dot import dot
from provgraph.views.folding import CAP
from provgraph.views.mermaid import mermaid
from provgraph.views.page import page
from provgraph.views.serial import serial
from provgraph.views.svg import svg

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from provgraph.ancestry import Lineage

FORMS: Final[dict[str, Callable[[Lineage], str]]] = {
    ".svg": svg,
    ".mmd": mermaid,
    ".dot": dot,
    ".gv": dot,
    ".json": serial,
}
"""The forms beside the page (.html), by suffix."""


def save(lineage: Lineage, path: str | os.PathLike[str], title: str | None = None, *, cap: int | None = CAP) -> Path:
    """Write the page, or the form that the suffix names, as UTF-8, and give the path; a file that is there is replaced.

    Raises `InvalidValueError` for a suffix that names no form, and `StorageError` when it cannot be written; then
    nothing is left behind.
    """
    given_path(path)
    target = Path(path).expanduser()
    suffix = target.suffix.lower()
    if suffix in {".html", ".htm"}:
        return write(page(lineage, title, cap=cap), target)
    if suffix not in FORMS:
        known = ", ".join([".html", *FORMS])
        raise InvalidValueError(f"'{target.name}' has no suffix of a picture", f"Give it one of {known}.")
    return write(svg(lineage, title) if suffix == ".svg" else FORMS[suffix](lineage), target)


def write(text: str, target: Path) -> Path:
    """Write a text as a whole, or nothing."""
    try:
        durable.replace(target, text.encode())
    except OSError as error:
        happened = f"the picture cannot be written to '{target}' ({error.strerror or error})"
        raise StorageError(happened, "Give a file in a folder that is there and that you may write.") from None
    return target
