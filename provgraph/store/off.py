"""Recording turned off: code runs as it stands, and nothing is written to the graph or the storage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph import ancestry
from provgraph.ancestry import ArtifactFacts, Rows
from provgraph.errors import NoInstanceError
from provgraph.models import now_us
from provgraph.registries import Artifact, Collection, Run, Storage, User
from provgraph.storage.hashing import hash_files
from provgraph.storage.keys import working_directory
from provgraph.store.files import Placed
from provgraph.store.instances import identity, instance
from provgraph.store.ledger.ledger import adopt
from provgraph.store.messages import say
from provgraph.store.saving import runs
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import Save
from provgraph.store.store import ORDER, Store, write_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from provgraph.ancestry import Lineage
    from provgraph.engines.contract import Row
    from provgraph.models import Node
    from provgraph.registries.record import Record

ABSENT: Final = object()
"""Equals nothing that is looked up."""


class Off:
    """What records work with while recording is off.

    What is saved stays in this process: its records hold what they would hold, as if they were the first of their kind,
    and `get` finds them again. Questions go to the project's store when there is one; without one nothing is found.
    """

    def __init__(self, real: Callable[[], Store | None], why: Callable[[], str]) -> None:
        """Take the way to the store that is there, and what says that recording is off."""
        self._real = real
        self._why = why
        self._run: Run | None = None
        self._kept: dict[str, Record] = {}
        self._drafts: tempfile.TemporaryDirectory[str] | None = None
        self._has_told = False

    def tell(self) -> None:
        """Say once that recording is off, and by what."""
        if not self._has_told:
            self._has_told = True
            say(f"provgraph: recording is off ({self._why()})")

    @property
    def run(self) -> Run | None:
        """The run that is on, as far as this process knows."""
        return self._run

    @run.setter
    def run(self, run: Run | None) -> None:
        """Let a run be on, and end the one before; None only ends it."""
        self.tell()
        if self._run is not None and run is not self._run:
            adopt(self._run, {**self._run.facts(), **runs.ended("completed", None, now_us())}, provisional=True)
        if run is not None:
            for each in (run.transform, run):
                self.save([each] if each is not None else [])
        self._run = run

    @property
    def is_off(self) -> bool:
        """Whether nothing is written: so it is."""
        return True

    @property
    def space(self) -> str:
        """The space of the store that is there, else what it would be."""
        found = self._real()
        return found.space if found is not None else instance.default_space(working_directory())

    @property
    def root(self) -> Path:
        """The project's folder, else the working directory."""
        found = self._real()
        return found.root if found is not None else working_directory()

    def fetch(self, cypher: str, parameters: dict[str, Any]) -> list[Row]:
        """Ask the store that is there; where there is none, nothing is found."""
        found = self._real()
        return found.fetch(cypher, parameters) if found is not None else []

    def save(self, records: Sequence[Node]) -> None:
        """Keep new records for this process; what was made of memory is written into a temporary file, to be read.

        Raises what saving raises for a file that cannot be read and for a relation to a record that is not saved.
        """
        new = [each for kind in ORDER for each in records if isinstance(each, kind) and not each.is_saved]
        saving = Save.of(new, [self._item(each) for each in new if isinstance(each, Artifact)])
        for record, facts in saving.foreseen(self._here.space, now_us()):
            adopt(record, facts, provisional=True)
            record._apart = self._related(record)  # noqa: SLF001 - set by the store
            self._kept[record.uid] = record  # type: ignore[assignment]

    def recall(self, label: str, uid: str | None, lookups: Mapping[str, Any]) -> Record | None:
        """Give what was saved last in this process with these values, by its uid or the beginning of it."""
        fitting = (
            each
            for each in reversed(self._kept.values())
            if each.label == label
            and each.uid.startswith(uid or "")
            and all(getattr(each, name, ABSENT) == value for name, value in lookups.items())
        )
        return next(fitting, None)

    def delete(self, records: Sequence[Node], *, permanent: bool = False) -> None:
        """Forget what this process kept."""
        del permanent
        for each in records:
            self._kept.pop(each.uid, None)

    def name_predecessors(self, transform: Node, predecessors: Sequence[Node], *, names: bool) -> None:
        """Keep them with a transform that was saved in this process; for one of the graph nothing is written."""
        related: dict[str, Any] | None = getattr(transform, "_apart", None)
        if related is not None:
            others = [each for each in related.get("predecessors", ()) if each not in predecessors]
            related["predecessors"] = [*others, *predecessors] if names else others

    def locate(self, artifact: Node, *, checked: bool) -> Path:
        """Give where the bytes of a saved artifact are; `MissingFileError` when they are gone."""
        kept = self._kept.get(artifact.uid, artifact)
        if isinstance(kept, Artifact) and kept._source is not None:  # noqa: SLF001 - set for the store
            return kept._source  # noqa: SLF001 - the same
        return self._store(f"{artifact!r}").locate(artifact, checked=checked)

    def lineage(self, records: Sequence[Node], direction: str = "both", **options: Any) -> Lineage:
        """Give the lineage of records that are in the graph; the others stand alone."""
        if records and all(each.is_saved and not _is_apart(each) for each in records):
            return self._store("lineage").lineage(records, direction, **options)
        facts = [ArtifactFacts.placeholder(each.uid)._replace(key=each.title(), deleted=False) for each in records]
        return ancestry.build(Rows(artifacts=facts), [each.uid for each in records])

    def connection(self, source: Node, target: Node) -> tuple[list[str], Lineage]:
        """Give a way between records that are in the graph; the others have none."""
        if _is_apart(source) or _is_apart(target):
            return [], self.lineage([source, target])
        return self._store("a way").connection(source, target)

    def note_read(self, artifact: Node, is_run_input: Any) -> None:
        """Write nothing."""

    def _item(self, record: Artifact) -> Item:
        if record._memory is not None:  # noqa: SLF001 - set for the store
            record._source = write_memory(record, self._folder() / f"{record.uid}{record.suffix}")  # noqa: SLF001 - the same
        assert record._source is not None  # noqa: S101, SLF001 - made by us
        (facts,) = hash_files([record._source])  # noqa: SLF001 - the same
        return Item(record, Placed(facts, "place", str(record._source), {}, None))  # noqa: SLF001 - the same

    def _related(self, record: Node) -> dict[str, Any]:
        """Give what a new record is related to, by the names of its relations."""
        found: dict[str, Any] = {"created_by": self._user()}
        if isinstance(record, Artifact):
            given = record._run  # noqa: SLF001 - set for the store
            maker = self._run if given is None else given or None
            found |= {"run": maker, "transform": maker and maker.transform, "storage": Storage(self._here.storage)}
        elif isinstance(record, Collection):
            found["artifacts"] = record._artifacts  # noqa: SLF001 - set for the store
        return found

    def _user(self) -> User:
        here = identity.whoami(shared=False)
        known = self.recall("User", None, {"handle": here.handle})
        if isinstance(known, User):
            return known
        user = User(here.handle, here.name)
        user.note_saved(provisional=True)
        self._kept[user.uid] = user
        return user

    @property
    def _here(self) -> instance.Instance:
        """The instance of the working directory, or what it would be; the store is not opened for it."""
        return instance.find(working_directory()) or instance.planned(working_directory())

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


def _is_apart(record: Node) -> bool:
    """Say whether a record was saved while recording is off, so that no graph knows it."""
    return getattr(record, "_apart", None) is not None
