"""An open store: one instance's graph and files, and what the records need of them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provgraph import loaders, statements
from provgraph.errors import (
    DamagedInstanceError,
    FileChangedError,
    InvalidValueError,
    NotFoundError,
    NotSavedError,
    ProvgraphError,
    StorageError,
    check_flags,
    shown,
)
from provgraph.models import (
    ArtifactNode,
    CollectionNode,
    Node,
    RunNode,
    StorageNode,
    TransformNode,
    UserNode,
)
from provgraph.registries import Artifact, Run
from provgraph.storage.content import disk_errors
from provgraph.store import redacting, sharing
from provgraph.store.files import Files, Source
from provgraph.store.instances.instance import there, write
from provgraph.store.instances.mark import marks
from provgraph.store.ledger.ledger import Ledger
from provgraph.store.ledger.spooling import UNREACHABLE
from provgraph.store.messages import warn
from provgraph.store.running import Running, Workers
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.deleting import Delete
from provgraph.store.saving.intents import Read, Save
from provgraph.store.saving.preceding import Precede

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from provgraph.ancestry import Lineage
    from provgraph.engines.contract import Engine, Row
    from provgraph.storage.content import ContentStore
    from provgraph.store.instances.instance import Instance
    from provgraph.store.instances.settings import Settings
    from provgraph.store.saving.intents import Intent

ORDER = (UserNode, StorageNode, TransformNode, RunNode, ArtifactNode, CollectionNode)


class Store:
    """The graph and the files of one instance, as one user sees them."""

    def __init__(self, instance: Instance, engine: Engine, settings: Settings, user: UserNode) -> None:
        """Join the parts; nothing is read or written yet."""
        self.instance = instance
        self.settings = settings
        self.user = user
        self._files: Files | None = None
        self.ledger = Ledger(instance, engine, settings, self._note_copies)
        self.is_unwritten = False
        """Whether the instance's folder is still to be made, by the first write."""
        self.at_making: Callable[[], None] = lambda: None
        """Called when that write has made it."""
        self.running = Running(Workers(instance.folder), self._run_of_program)
        self._opened: tuple[int, dict[str, RunNode]] = os.getpid(), {}
        self.at_first_run: Callable[[], None] = lambda: None
        """Called when a run is begun by hand; tracking ends it with the process."""
        self.after_save: Callable[[], None] = lambda: None
        """Called after each transaction; tracking keeps a notebook's cells here."""
        self._configured_at = 0
        """When the configuration was written that was looked at last."""
        self._space_then = instance.space
        """The project's space when it was looked at last."""
        self._read: set[tuple[str, str]] = set()
        self._has_warned = False

    @property
    def files(self) -> Files:
        """The files, in the storage that the settings name now."""
        root, here = self.settings.storage.root, self.instance
        if self._files is None or self._files.root != root:
            copy_max, graph = (lambda: int(self.settings.copy_max)), (lambda: self.ledger.graph)
            self._files = Files(root, here.root, here.space, copy_max, graph, here.storage)
        return self._files

    @property
    def opened(self) -> dict[str, RunNode]:
        """Runs that this process started, or was interrupted starting, and has not finished, by uid.

        A forked child has none of its parent's.
        """
        if self._opened[0] != os.getpid():
            self._opened = os.getpid(), {}
        return self._opened[1]

    def take_over(self, before: Store) -> None:
        """Go on with the runs of the store that this process had of the same instance."""
        self.running, self._opened, self.after_save = before.running, before._opened, before.after_save

    def _note_copies(self, graph: str, *, none_waits: bool) -> None:
        self.files.note_graph(graph)
        if none_waits and self.instance.url is not None:
            for each in marks(self.root, self.files.root):
                self.files.note_none_waits(each)

    def note_itself(self) -> None:
        """Note beside copies that are there that this project's own graph wants them, which may be a copied one."""
        if self.instance.url is None and not self.is_unwritten and sharing.noted(self.files.content.root):
            with contextlib.suppress(StorageError):  # where it cannot be written nothing can be removed either
                self.files.note_graph()

    @property
    def engine(self) -> Engine:
        """The graph."""
        return self.ledger.engine

    @engine.setter
    def engine(self, engine: Engine) -> None:
        self.ledger.engine = engine

    @property
    def is_off(self) -> bool:
        """Whether nothing is written: not so."""
        return False

    @property
    def space(self) -> str:
        """The space whose records default queries give."""
        return self.instance.space

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.instance.root

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        return self.running.run

    def _run_of_program(self, uid: str) -> Run | None:
        """Give the run for which a worker works; while the graph cannot be reached, its name stands for it."""
        with contextlib.suppress(*UNREACHABLE):
            if not self.ledger.apart:
                return Run.filter(uid=uid).first()
        run = Run.model_construct(uid=uid)
        run.note_saved()
        return run

    def holds(self, space: str) -> bool:
        """Say whether the graph holds records of a space."""
        return any(each == space and nodes for each, nodes in self.engine.read(statements.load("store/spaces")))

    def fetch(self, cypher: str, parameters: dict[str, Any]) -> list[Row]:
        """Run one generated, reading query and give its rows."""
        return self.engine.read(cypher, **parameters)

    def transact(self, intent: Intent) -> Any:
        """Write an intent, all or nothing, and give what it gives; None when it waits in the spool.

        Its records take over what was written.
        """
        self.check_instance()
        result = self.ledger.write(intent, self.user)
        self.after_save()
        return result

    def check_instance(self) -> None:
        """Write the instance when it is not yet; raise `DamagedInstanceError` when it was removed since."""
        if self.is_unwritten:
            write(replace(self.instance, url=None))
            self.is_unwritten = False
            self.at_making()
        try:
            changed_at = self.instance.file.stat().st_mtime_ns
        except OSError:
            raise DamagedInstanceError(
                f"{self.instance.folder} was removed while this process works in it",
                "Nothing more is kept of it; start again to make a new one.",
            ) from None
        if changed_at != self._configured_at:
            self._configured_at = changed_at
            self._tell_other_space()

    def _tell_other_space(self) -> None:
        """Say so when the project was given another space, or a backup of one came into it, since it was looked at."""
        now = there(self.root)
        if now is None or now.space == self._space_then:
            return
        self._space_then = now.space
        if now.space != self.space:
            warn(f"this project's space is '{now.space}' now; this process goes on in '{self.space}', as it began")

    def save(self, records: Sequence[Node]) -> None:
        """Write records, all or none, in one transaction, and mark them saved.

        Files are read and copied before it begins; a file that cannot be read leaves the graph as it was.
        """
        self.check_instance()
        ordered = sorted(
            records, key=lambda record: next(i for i, kind in enumerate(ORDER) if isinstance(record, kind))
        )
        for record in ordered:
            if isinstance(record, RunNode):
                record.params = redacting.parameters(self, record.params)
        items = self._items([record for record in ordered if isinstance(record, ArtifactNode) and not record.is_saved])
        saving = Save.of(ordered, items)
        if saving.runs:
            self._begin(saving, [run for run, _ in saving.runs])
        else:
            self.transact(saving)

    def _begin(self, saving: Save, runs: Sequence[RunNode]) -> None:
        """Write runs that are begun by hand; they are looked after before, as an interruption may follow the commit."""
        fresh = [run for run in runs if run.uid not in self.opened]
        self.opened.update({run.uid: run for run in fresh})
        self.at_first_run()
        try:
            self.transact(saving)
        except ProvgraphError:
            for run in fresh:
                if not run.is_saved:
                    self.opened.pop(run.uid, None)
            raise

    def recall(self, label: str, uid: str | None, lookups: Mapping[str, Any]) -> None:
        """Give nothing: what was saved is in the graph."""

    def delete(self, records: Sequence[Node], *, permanent: bool = False) -> None:
        """Hide records, or remove them for good; refused while something was made from one of them."""
        check_flags(permanent=permanent)
        for record in records:
            if not record.is_saved:
                raise NotSavedError(f"{record.label} '{record.title()}' is not saved", "There is nothing to delete.")
            if self.run is not None and record.uid == self.run.uid:
                raise InvalidValueError(
                    f"Run {record.uid} is on in this process", "Call pg.finish() before deleting it."
                )
        self.transact(Delete(records, permanent))

    def name_predecessors(self, transform: Node, predecessors: Sequence[Node], *, names: bool) -> None:
        """Write which transforms a person names as predecessors of another, or take that back."""
        self.transact(Precede(transform, predecessors, names))

    def locate(self, artifact: Node, *, checked: bool) -> Path:
        """Give where the artifact's bytes are on this host; `MissingFileError` when they are not.

        When `checked`, bytes that are not those that were saved raise `FileChangedError`.
        """
        rows = self._where(artifact)
        if not rows:
            raise NotFoundError(
                f"{artifact.label} {artifact.uid} is not in this graph",
                "Another process removed it, or it belongs to another instance; save the file as a new pg.Artifact.",
            )
        root, host, location, placed, size, hash_ = rows[0]
        path = self.files.find(root, host, location, placed, size)
        if checked and not self.files.is_unchanged(path, size, hash_):
            raise FileChangedError(
                f"the file {path} is no longer what was saved as {artifact.label} {artifact.uid}",
                "Save it again as a new version; by its path it can be read as it is.",
            )
        return path

    def _where(self, artifact: Node) -> list[Row]:
        """Ask where an artifact's bytes are; while the graph cannot be reached, what the record says itself."""
        engine = self.engine
        with contextlib.suppress(*UNREACHABLE):
            if not self.ledger.apart:
                return engine.read(statements.load("artifacts/where"), uid=artifact.uid)
        if isinstance(artifact, ArtifactNode) and artifact.location is not None:
            return [[None, None, artifact.location, artifact.placed, artifact.size, artifact.hash]]
        return engine.read(statements.load("artifacts/where"), uid=artifact.uid)

    def lineage(self, records: Sequence[Node], direction: str = "both", **options: Any) -> Lineage:
        """Give the exact lineage of records, with at most three statements."""
        from provgraph.store.lineage import lineage

        return lineage(self.engine, records, direction, current_run=self._current_run, **options)

    def connection(self, source: Node, target: Node) -> tuple[list[str], Lineage]:
        """Give one of the shortest ways from one artifact or run to another, and all that lies on any way."""
        from provgraph.store.lineage import connection

        return connection(self.engine, source, target, current_run=self._current_run)

    @property
    def _current_run(self) -> str | None:
        return self.run.uid if self.run is not None else None

    def note_read(self, artifact: Node, is_run_input: Run | bool | None) -> None:  # noqa: FBT001 - LaminDB's values
        """Record that a run read the artifact: the one that is on, or the one given; False records nothing."""
        run = self._reader(is_run_input)
        if run is None or (run.uid, artifact.uid) in self._read:
            return
        artifact.must_be_saved()
        self.transact(Read(run.uid, artifact))
        self._read.add((run.uid, artifact.uid))

    def _reader(self, is_run_input: Run | bool | None) -> Run | None:  # noqa: FBT001 - LaminDB's values
        if isinstance(is_run_input, Run):
            if not is_run_input.is_saved:
                raise NotSavedError(f"the run {is_run_input.uid} is not saved", "Save it first: run.save().")
            return is_run_input
        if is_run_input is not None and not isinstance(is_run_input, bool):
            raise InvalidValueError(f"is_run_input={shown(is_run_input)} is no run", "Give True, False or a pg.Run.")
        if is_run_input is False or (is_run_input is None and not self.settings.track_run_inputs):
            return None
        if is_run_input is True and self.run is None:
            raise InvalidValueError("no run is on that could read it", "Call pg.track() first, or give the run.")
        return self.run

    def _items(self, artifacts: Sequence[ArtifactNode]) -> list[Item]:
        if not artifacts:
            return []
        with contextlib.ExitStack() as stack:
            placed = self.files.take([_source(each, self.files.content, stack) for each in artifacts])
        items = [Item(record, where, self._maker(record)) for record, where in zip(artifacts, placed, strict=True)]
        if self.run is not None:
            _warn_of_old(self.run, items)
        elif any(getattr(each, "_run", None) is None for each in artifacts) and not self._has_warned:
            self._has_warned = True
            warn("no run is on, so nothing will say what made this; call pg.track() first, or give run=")
        return items

    def _maker(self, artifact: ArtifactNode) -> str | None:
        run = getattr(artifact, "_run", None)
        if run is False:
            return None
        run = run if run is not None else self.run
        return run.uid if run is not None else None


def _source(artifact: Artifact | ArtifactNode, content: ContentStore, stack: contextlib.ExitStack) -> Source:
    """Give the file of an artifact; the object in memory that it was made from is written among the store's drafts."""
    assert isinstance(artifact, Artifact)  # noqa: S101 - made by us
    if artifact._memory is None:  # noqa: SLF001 - set for the store
        assert artifact._source is not None  # noqa: S101, SLF001 - made by us
        return Source(artifact._source, artifact._copy)  # noqa: SLF001 - set for the store
    draft = stack.enter_context(content.draft(artifact.suffix))
    with disk_errors(content.root):
        return Source(write_memory(artifact, draft), copy=True)


def write_memory(artifact: Artifact, path: Path) -> Path:
    """Write the object in memory that an artifact was made from to a path, and give it."""
    write = loaders.write_anndata if artifact.suffix == ".h5ad" else loaders.write_df
    write(artifact._memory, path)  # noqa: SLF001 - set for the store
    return path


def _warn_of_old(run: Run, items: Sequence[Item]) -> None:
    """Say that a file which is older than the run that should have made it may rather be an input."""
    began = (run.started_us or 0) * 1000
    old = [item.placed.facts for item in items if item.run == run.uid and 0 < item.placed.facts.mtime_ns < began]
    if old and run.transform is not None and run.transform.type != "upload":
        others = f" and {len(old) - 1} more" if len(old) > 1 else ""
        warn(f"{old[0].path.name}{others} is older than this run; if the run only read it, call pg.use(path)")
