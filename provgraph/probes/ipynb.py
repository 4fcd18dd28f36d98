"""Notebook files: their cells, their name, their code without outputs, and a notebook made of executed cells.

The format is nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html); the worksheets of
nbformat 3 are read too. Only the standard library is used, because nbformat takes 0.1 s to import.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provgraph.errors import (
    InvalidValueError,
    MissingFileError,
    StorageError,
    UnreadableFileError,
    WrongFileTypeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(
    r"^ {0,3}#{1,6}[ \t]+(?P<atx>.+?)[ \t]*#*[ \t]*$"
    r"|^ {0,3}(?P<setext>\S[^\n]*)\n {0,3}(?:=+|-{2,})[ \t]*$"
    r"|<h[1-6][^>]*>(?P<html>.*?)</h[1-6]>",
    re.MULTILINE,
)
LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\([^)]*\)")
MARKUP = re.compile(r"<[^>]*>|[*`]")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook: its kind (`code`, `markdown`, `raw`), its text, and whether a run executes it."""

    kind: str
    source: str
    executes: bool


def read_bytes(path: Path) -> bytes:
    """Read a source file whole.

    Raises `MissingFileError`, `WrongFileTypeError` (a folder), `UnreadableFileError` or `StorageError`.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        happened, advice = f"the file {path} is not there", "Give the path of an existing file."
        raise MissingFileError(happened, advice) from None
    except IsADirectoryError:
        happened, advice = f"{path} is a folder", "Give the path of a file."
        raise WrongFileTypeError(happened, advice) from None
    except PermissionError:
        happened, advice = f"the file {path} may not be read by this user", "Change its permissions."
        raise UnreadableFileError(happened, advice) from None
    except OSError as error:
        happened, advice = f"the file {path} cannot be read ({error.strerror})", "Check the disk and the path."
        raise StorageError(happened, advice) from error


def read_cells(path: Path) -> list[Cell]:
    """Read the cells of a notebook file, in their order.

    Raises the errors of `read_bytes`, and `InvalidValueError` when the file is not a notebook.
    """
    return parse_cells(read_bytes(path), path)


def parse_cells(data: bytes, path: Path) -> list[Cell]:
    r"""Take the cells from a notebook's bytes; `path` is only named in the error (`InvalidValueError`).

    >>> parse_cells(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a = 1\\n", "b = 2"]}]}', "x.ipynb")
    [Cell(kind='code', source='a = 1\nb = 2', executes=True)]
    """
    try:
        notebook = json.loads(data)
        raw = notebook["cells"] if "cells" in notebook else [c for w in notebook["worksheets"] for c in w["cells"]]
        return [_cell(each) for each in raw]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        happened = f"{path} is not a notebook ({type(error).__name__}: {error})"
        raise InvalidValueError(happened, "Give the path of an .ipynb file, or save it again in Jupyter.") from None


def is_papermills(path: Path) -> bool:
    """Tell whether papermill wrote this notebook as its output; a file that is no notebook is none of its.

    Source: https://papermill.readthedocs.io/en/latest/usage-store.html (the metadata `papermill`)
    """
    try:
        notebook = json.loads(read_bytes(path))
        return bool(notebook["metadata"]["papermill"]["output_path"])
    except (StorageError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _cell(raw: dict[str, object]) -> Cell:
    kind = str(raw["cell_type"])
    text = raw["source"] if "source" in raw else raw["input"]
    source = "".join(text) if isinstance(text, list) else str(text)
    if kind == "heading":
        kind, source = "markdown", f"# {source}"
    metadata = raw.get("metadata")
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    executes = kind == "code" and bool(source.strip()) and "skip-execution" not in (tags or [])
    return Cell(kind, source.replace("\r\n", "\n"), executes)


def first_heading(cells: Iterable[Cell]) -> str | None:
    """Give the text of the first heading in the markdown cells, without markup; None when there is none.

    >>> first_heading([Cell("markdown", "Hello", False), Cell("markdown", "## *GWS* analysis", False)])
    'GWS analysis'
    """
    for cell in cells:
        if cell.kind != "markdown":
            continue
        for found in HEADING.finditer(FENCE.sub("", cell.source)):
            text = next(group for group in found.groups() if group is not None)
            if plain := MARKUP.sub("", LINK.sub(r"\g<text>", text)).strip():
                return plain
    return None


def notebook_code(path: Path) -> str:
    """Give a notebook's code and markdown as one text in the percent format, without outputs and execution counts.

    Two notebooks with equal cells give equal texts, whatever was executed. Source of the format:
    https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format
    Raises the errors of `read_cells`.
    """
    return "\n".join(_percent(cell) for cell in read_cells(path))


def _percent(cell: Cell) -> str:
    source = cell.source.rstrip("\n")
    if cell.kind == "code":
        return f"# %%\n{source}\n"
    commented = "\n".join(f"# {line}".rstrip() for line in source.split("\n"))
    return f"# %% [{cell.kind}]\n{commented}\n"


def executed_notebook(cells: list[str], name: str | None = None) -> bytes:
    """Make a notebook (nbformat 4.5, UTF-8 JSON) that holds the executed cells in their order, without outputs.

    Equal cells give equal bytes. `name` becomes the notebook's title.

    >>> [cell.source for cell in parse_cells(executed_notebook(["a = 1", "a + 1"]), "run.ipynb")]
    ['a = 1', 'a + 1']
    """
    metadata: dict[str, object] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {
        "cells": [_executed_cell(number, source) for number, source in enumerate(cells, start=1)],
        "metadata": metadata | ({"title": name} if name else {}),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _executed_cell(number: int, source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": number,
        "id": f"executed-{number}",
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
