"""Recording turned off: code runs as it stands, and nothing is written to the graph or the storage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provgraph import ancestry
from provgraph.ancestry import ArtifactFacts, Rows
from provgraph.errors import NoInstanceError
from provgraph.registries import Artifact
from provgraph.store.store import Store, write_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provgraph.ancestry import Lineage
    from provgraph.engines.contract import Row
    from provgraph.models import Node
    from provgraph.registries import Run


class Off:
    """What records work with while recording is off.

    Questions go to the project's store when there is one. What is saved stays in memory: `get(key=...)` finds it again
    and `load()` reads it, in this process.
    """

    def __init__(self, real: Callable[[], Store | None]) -> None:
        """Take the way to the store that is there."""
        self.run: Run | None = None
        self._real = real
        self._kept: dict[str, Artifact] = {}
        self._drafts: tempfile.TemporaryDirectory[str] | None = None

    @property
    def is_off(self) -> bool:
        """Whether nothing is written: so it is."""
        return True

    @property
    def space(self) -> str:
        """The space of the store that is there."""
        return self._store("the space").space

    @property
    def root(self) -> Path:
        """The project's folder, of the store that is there."""
        return self._store("the project").root

    def fetch(self, cypher: str, parameters: dict[str, Any]) -> list[Row]:
        """Ask the store that is there."""
        return self._store("what a question asks for").fetch(cypher, parameters)

    def save(self, records: Sequence[Node]) -> None:
        """Keep artifacts for this process; what was made of memory is written into a temporary file, to be read."""
        for record in records:
            if not isinstance(record, Artifact) or record.is_saved:
                continue
            if record._memory is not None:  # noqa: SLF001 - set for the store
                record._source = write_memory(record, self._folder())  # noqa: SLF001 - the same
            self._kept[record.uid] = record
            self._kept[record.key or record.uid] = record

    def recall(self, name: str) -> Artifact | None:
        """Give what was saved in this process under a uid or a key."""
        return self._kept.get(name)

    def delete(self, records: Sequence[Node], *, permanent: bool = False) -> None:
        """Forget what this process kept."""
        del permanent
        gone = {each.uid for each in records}
        self._kept = {name: each for name, each in self._kept.items() if each.uid not in gone}

    def locate(self, artifact: Node, *, checked: bool) -> Path:
        """Give where the bytes of a saved artifact are."""
        return self._store(f"{artifact!r}").locate(artifact, checked=checked)

    def lineage(self, records: Sequence[Node], direction: str = "both", **options: Any) -> Lineage:
        """Give the lineage of records that are in the graph; the others stand alone."""
        if all(each.is_saved for each in records):
            return self._store("lineage").lineage(records, direction, **options)
        facts = [ArtifactFacts.placeholder(each.uid)._replace(key=each.title(), deleted=False) for each in records]
        return ancestry.build(Rows(artifacts=facts), [each.uid for each in records])

    def connection(self, source: Node, target: Node) -> tuple[list[str], Lineage]:
        """Ask the store that is there."""
        return self._store("a way").connection(source, target)

    def note_read(self, artifact: Node, is_run_input: Any) -> None:
        """Write nothing."""

    def _store(self, what: str) -> Store:
        found = self._real()
        if found is None:
            raise NoInstanceError(
                f"recording is off and there is no store here that knows {what}", "Record it: PROVGRAPH_MODE=on."
            )
        return found

    def _folder(self) -> Path:
        self._drafts = self._drafts or tempfile.TemporaryDirectory(prefix="provgraph-off-")
        return Path(self._drafts.name)
