"""What `view_lineage()` gives: the lineage as a page, as text, as a frame in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from provgraph.errors import InvalidValueError, shown
from provgraph.views import tree
from provgraph.views.folding import CAP, check
from provgraph.views.forms import Forms
from provgraph.views.page import iframe, page
from provgraph.views.saving import save
from provgraph.words import is_count

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from provgraph.ancestry import Lineage


@dataclass(frozen=True)
class Picture(Forms):
    """A lineage that shows itself: inline in a notebook, as a tree in a terminal, as a page in a file.

    Raises `InvalidValueError` for a `cap` that is neither None nor a number from 0 up.

    >>> from provgraph.ancestry import Rows, build
    >>> Picture(build(Rows(), "Ci4XwC2Vd3KQ0000"))
    deleted artifact Ci4XwC2V · [deleted]
    """

    lineage: Lineage
    title: str | None = None
    cap: int | None = CAP
    """How many nodes the page shows before some are folded; None folds nothing."""

    def __post_init__(self) -> None:
        """Look at the cap before a page is asked for."""
        check(self.cap)

    @cached_property
    def html(self) -> str:
        """The page."""
        return page(self.lineage, self.title, cap=self.cap)

    def text(self, width: int = 100, *, color: bool = False) -> str:
        """Give the tree as text of lines up to `width` characters, with a terminal's colours if asked.

        Raises `InvalidValueError` for a width that is no number from 1 up.
        """
        if not is_count(width, least=1):
            raise InvalidValueError(f"the width {shown(width)} is not a number from 1 up", "Give characters of a line.")
        return tree.text(self.lineage, width, color=color)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file and give its path: the page (.html), or as .svg, .mmd (Mermaid), .dot or .json.

        Raises `InvalidValueError` for another suffix, and `StorageError` when it cannot be written.
        """
        return save(self.lineage, path, self.title, cap=self.cap)

    def show(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the page, say where it is, open it in a browser where there is one, and give its path.

        It does not wait for the browser. Without a screen, over SSH and in CI it opens nothing. Without `path` the page
        is a temporary file. Raises `StorageError` when it cannot be written.
        """
        from provgraph.views import browsing

        where = self.save(path if path is not None else browsing.temporary_file())
        print(f"The lineage is in {where}{' and opens in the browser' if browsing.opens(where) else ''}")  # noqa: T201 - what it is for
        return where

    def _drawn(self) -> tuple[Lineage, str | None]:
        return self.lineage, self.title

    def __repr__(self) -> str:
        """Give the tree."""
        return self.text()

    def _repr_html_(self) -> str:
        """Give the page in a frame of its own."""
        return iframe(self.html)
