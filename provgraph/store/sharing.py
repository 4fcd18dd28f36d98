"""For which graphs the copies in a storage are: only all of these together know which copies are still wanted.

A file beside the copies names them, a line each: a graph's name, and the project that stored for it. Lines are added at
the end, which several hosts may do at once; `-` before a name says that it is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.storage.durable import append, write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GRAPHS: Final = "graphs"
OVER: Final = "-"


def noted(copies: Path) -> dict[str, str]:
    """Give the graphs that are noted beside copies, each with its line.

    >>> note(Path(), "abc", Path("/lab")), note(Path(), "def", Path("/lab")), no_longer(Path(), "abc")
    (None, None, None)
    >>> noted(Path())
    {'def': 'def /lab'}
    """
    file = copies / GRAPHS
    found: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if file.is_file() else ():
        name = line.partition(" ")[0]
        if name.startswith(OVER):
            found.pop(name.removeprefix(OVER), None)
        elif name:
            found[name] = line
    return found


def note(copies: Path, graph: str, project: Path) -> None:
    """Note that copies are for a graph, unless that is known."""
    if graph not in noted(copies):
        _add(copies, f"{graph} {project}")


def no_longer(copies: Path, graph: str) -> None:
    """Note that no copies are for a graph any more, if some were."""
    if graph in noted(copies):
        _add(copies, f"{OVER}{graph}")


def keep(copies: Path, lines: Iterable[str]) -> None:
    """Let these lines alone stand there."""
    write(copies / GRAPHS, _encoded("".join(f"{each}\n" for each in lines)))


def _add(copies: Path, line: str) -> None:
    append(copies / GRAPHS, _encoded(line.replace("\n", " ") + "\n"))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
