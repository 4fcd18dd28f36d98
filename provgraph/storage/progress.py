"""A progress bar on what takes long: in a terminal or a notebook, silent when piped."""

from __future__ import annotations

import html
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from provgraph.probes.notebook import in_notebook

if TYPE_CHECKING:
    from types import TracebackType

SHOWN_AFTER: Final = 1.0
"""Seconds that a work may take without a bar."""


REDRAWN_AFTER: Final = 0.2
"""Seconds between two drawings in a notebook."""


class Progress:
    """Shows how far a work is, once it has taken a second.

    >>> with Progress("adding files", total=2) as progress:
    ...     progress.advance(2)
    """

    def __init__(self, what: str, total: int) -> None:
        """Name the work and how much of it there is."""
        self._what, self._total, self._done = what, total, 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._bar: Any = None
        self._task: Any = None

    def advance(self, amount: int) -> None:
        """Say that more is done; several threads may."""
        with self._lock:
            self._done += amount
            if self._bar is None and time.monotonic() - self._began > SHOWN_AFTER and _is_seen():
                self._show()
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done)

    def _show(self) -> None:
        if in_notebook():
            self._bar = NotebookBar()
        else:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task(self._what, total=self._total)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


class NotebookBar:
    """A bar of HTML in a cell's output, as rich's would be with widgets; it needs none, and is gone at the end."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._handle: Any = None
        self._what, self._total, self._last = "", 0, 0.0

    def start(self) -> None:
        """Take a place below the cell."""
        from IPython.display import HTML, display

        self._handle = display(HTML(""), display_id=True)  # type: ignore[no-untyped-call]

    def add_task(self, what: str, total: int) -> None:
        """Name the work and how much of it there is."""
        self._what, self._total = what, total

    def update(self, task: None, completed: int) -> None:
        """Show how far it is, some times a second."""
        del task
        if time.monotonic() - self._last > REDRAWN_AFTER:
            self._last = time.monotonic()
            share = f"{100 * completed // max(self._total, 1)}%"
            bar = f'<progress max="{self._total}" value="{completed}"></progress>'
            self._draw(f"{html.escape(self._what)} {bar} {share}")

    def stop(self) -> None:
        """Take the bar away."""
        self._draw("")

    def _draw(self, content: str) -> None:
        from IPython.display import HTML

        if self._handle is not None:  # so when `start` was interrupted
            self._handle.update(HTML(content))  # type: ignore[no-untyped-call]


def _is_seen() -> bool:
    return sys.stderr.isatty() or in_notebook()
