"""Keys: the names of artifacts, POSIX paths relative to the storage."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from provgraph.errors import InvalidKeyError, InvalidValueError, MissingFileError, shown
from provgraph.models import TEXT_LIMIT

COMPRESSED: Final = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4"})
SHOWN: Final = 80
"""Characters of a wrong key that an error shows."""
LONGEST_SUFFIX: Final = 32
"""Characters of a suffix: what stands after a dot in a sentence is none, and a copy's name holds hash and suffix."""
UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
"""Control characters, backslashes, and the halves of characters that Python reads from a name that is not UTF-8."""


def working_directory() -> Path:
    """Give the folder in which this process works; `MissingFileError` when it was removed meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise MissingFileError(
            "the working directory of this process was removed", "Go to a folder that is there, such as the project's."
        ) from None


def given_path(path: Any, what: str = "path") -> Path:
    """Give the whole path that a person named, also by a URL of `file:`.

    Raises `InvalidValueError` for what is none, or empty, and `MissingFileError` for a relative one when the working
    directory was removed.

    >>> given_path("a.csv").is_absolute(), given_path("file:///data/my%20a.csv").as_posix()
    (True, '/data/my a.csv')
    """
    if isinstance(path, str) and path.lower().startswith(("file:///", "file://localhost/")):
        path = os.fsdecode(unquote_to_bytes("/" + path[len("file://") :].partition("/")[2]))
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        meant = "folder" if what == "folder" else "file"
        raise InvalidValueError(f"{shown(path)} is no {what}", f"Give the path of a {meant}.")
    text = os.fspath(path)
    if not isinstance(text, str) or "\0" in text:
        raise InvalidValueError(f"{shown(text)} is no {what}: it is no text, or holds NUL", "Give another path.")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise InvalidValueError(
            f"{shown(text)} is no {what}: it holds half a character", "Give another path."
        ) from None
    if "://" in text:
        raise InvalidValueError(
            f"'{text}' is on another host, and only files of this one can be taken", "Bring it here first."
        )
    try:
        whole = Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidValueError(f"'{text}' names nobody's home folder ({error})", "Give the whole path.") from None
    return whole if whole.is_absolute() else working_directory() / whole


def upwards(folder: Path) -> Path:
    """Give a folder without `..` in its path, so that it has a name.

    >>> upwards(Path("/")).as_posix()
    '/'
    """
    return folder.resolve() if ".." in folder.parts else folder


def check_key(key: str, path: Path | None = None) -> str:
    """Give the key back when it can name an artifact made from `path`.

    Raises `InvalidKeyError` when it is empty, absolute, leads upwards, has control characters, or another suffix than
    the file.

    >>> check_key("figures/umap.png")
    'figures/umap.png'
    """
    problem = _problem(key) if isinstance(key, str) else "is not text"
    if problem:
        shown = repr(key) if len(str(key)) <= SHOWN else f"{key[:SHOWN]!r}..."
        raise InvalidKeyError(f"the key {shown} {problem}", "Give a relative path such as 'figures/umap.png'.")
    if path is not None and whole_suffix(key) != whole_suffix(path.name):
        suffix = whole_suffix(path.name)
        lacks = "has no name before" if key.rpartition("/")[2] == suffix else "has not"
        raise InvalidKeyError(
            f"the key '{key}' {lacks} the suffix '{suffix}' of the file", "Give it as name and suffix."
        )
    return key


def _problem(key: str) -> str | None:
    if not key.strip():
        return "is empty"
    if len(key) > TEXT_LIMIT:
        return f"has {len(key)} characters, more than {TEXT_LIMIT}"
    if key.startswith(("/", "~")) or key[1:3] in (":/", ":\\"):
        return "is absolute"
    if UNFIT.search(key):
        return "contains control characters, backslashes or bytes that are no text"
    parts = key.split("/")
    if ".." in parts:
        return "contains '..'"
    return "has an empty or '.' part" if {"", "."} & set(parts) else None


def check_named(what: str, name: str | None, key: str | None, example: str) -> None:
    """Raise `InvalidValueError` for what has neither a name nor a key, and `InvalidKeyError` for what can be no key.

    >>> check_named("transform", None, None, 'pg.Transform(name="align")')
    Traceback (most recent call last):
    provgraph.errors.InvalidValueError: a transform needs a name or a key. Give one: pg.Transform(name="align").
    """
    if name is None and key is None:
        raise InvalidValueError(f"a {what} needs a name or a key", f"Give one: {example}.")
    if key is not None:
        check_key(key)


def whole_suffix(name: str) -> str:
    """Give a file name's suffix, with the one before it when the last only says how it is compressed.

    >>> whole_suffix("counts.tsv.gz"), whole_suffix("a.b.csv"), whole_suffix(".bashrc"), whole_suffix("x.ome.tif")
    ('.tsv.gz', '.csv', '', '.ome.tif')
    """
    stem, dot, last = name.rsplit("/", 1)[-1].lstrip(".").rpartition(".")
    if not dot or not stem or not _is_suffix(last):
        return ""
    _, second_dot, before = stem.rpartition(".")
    is_double = f".{last}" in COMPRESSED or (before, last) in {("ome", "tif"), ("ome", "tiff"), ("anndata", "zarr")}
    return f".{before}.{last}" if second_dot and is_double and _is_suffix(before) else f".{last}"


def _is_suffix(part: str) -> bool:
    return 0 < len(part) <= LONGEST_SUFFIX and " " not in part
