"""What the registries need of an open store, so that records can save and query themselves without importing it.

The store is above the registries; it puts itself here when it opens.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from provgraph.ancestry import Lineage
    from provgraph.engines.contract import Row
    from provgraph.models import Node


class Backend(Protocol):
    """An open store, as the registries see it."""

    @property
    def is_off(self) -> bool:
        """Whether recording is off, so that nothing is written."""
        ...

    @property
    def space(self) -> str:
        """The space whose records default queries give."""
        ...

    @property
    def root(self) -> Path:
        """The project's folder."""
        ...

    def fetch(self, cypher: str, parameters: dict[str, Any]) -> list[Row]:
        """Run one generated, reading query and give its rows."""
        ...

    def save(self, records: Sequence[Node]) -> None:
        """Write records, all or none, and mark them saved."""
        ...

    def recall(self, label: str, uid: str | None, lookups: Mapping[str, Any]) -> Any:
        """Give the record that was saved with a uid and these values while recording is off, or None."""
        ...

    def delete(self, records: Sequence[Node], *, permanent: bool = False) -> None:
        """Hide records, or remove them for good; all or none."""
        ...

    def name_predecessors(self, transform: Node, predecessors: Sequence[Node], *, names: bool) -> None:
        """Write which transforms a person names as predecessors of another, or take that back; all or none."""
        ...

    def locate(self, artifact: Node, *, checked: bool) -> Path:
        """Give where the artifact's bytes are on this host, after looking whether they are what was saved."""
        ...

    def lineage(self, records: Sequence[Node], direction: str = "both", **options: Any) -> Lineage:
        """Give the exact lineage of records; the options are those of `provgraph.ancestry.build`."""
        ...

    def connection(self, source: Node, target: Node) -> tuple[list[str], Lineage]:
        """Give one of the shortest ways between two artifacts or runs, and all that lies on any way."""
        ...

    def note_read(self, artifact: Node, is_run_input: Any) -> None:
        """Record that a run read the artifact."""
        ...


class Opener(Protocol):
    """Finds the process's store; what writes may make a project's first one, what asks may not."""

    def __call__(self, *, writes: bool) -> Backend:
        """Give the store, opened."""
        ...


_open: Opener | None = None


def bind(opener: Opener) -> None:
    """Set how the process's store is found; the store calls this once, when it is imported."""
    global _open  # noqa: PLW0603 - the one place where the layers meet
    _open = opener


def backend(*, writes: bool = False) -> Backend:
    """Give the process's store, opening it when it is not open.

    Raises `NoInstanceError` where there is none; one that `writes` makes it then.
    """
    if _open is None:  # in a worker, which has had a record of its parent and called nothing yet
        importlib.import_module("provgraph.store.current")
    assert _open is not None  # noqa: S101 - importing it calls bind()
    return _open(writes=writes)
