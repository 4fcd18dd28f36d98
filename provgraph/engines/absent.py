"""The engine of a process that is not to reach one, such as a batch job: whatever is asked of it raises why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from provgraph.errors import ProvgraphError


class Absent:
    """An engine that answers nothing."""

    def __init__(self, why: ProvgraphError) -> None:
        """Keep the error that everything raises."""
        self.statements = 0
        self.why = why

    def read(self, *_: Any, **__: Any) -> NoReturn:
        """Raise it, made anew: an error that is raised again and again would keep all that it passed."""
        raise self.why.again()

    write = look = define = ask = address = read

    def close(self) -> None:
        """Do nothing: nothing is open."""
