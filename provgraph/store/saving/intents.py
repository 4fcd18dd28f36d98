"""What a call is to write, as a value: applied in one transaction, at once or later.

An intent says what a person did: it names records and files, and holds the times. What a record becomes (known, a new
version, new) is decided when the intent is applied. Until then its records go by the uids that they were given by this
client, see `provgraph.store.saving.batch.Batch.uid_of`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from provgraph import statements
from provgraph.errors import NotSavedError
from provgraph.models import (
    ArtifactNode,
    CollectionNode,
    Node,
    RunNode,
    StorageNode,
    TransformNode,
    UserNode,
    params,
    slots,
)
from provgraph.store.saving import collections, runs
from provgraph.store.saving.artifacts import ArtifactSaver, Item, Known, note_inputs, with_content
from provgraph.store.saving.batch import Batch, created_at, user_facts, version_name
from provgraph.store.saving.latest import change
from provgraph.store.saving.transforms import TransformSaver

if TYPE_CHECKING:
    from collections.abc import Sequence

Facts = dict[str, Any]
Started = tuple[RunNode, TransformNode]


class Intent(Protocol):
    """What one transaction is to write."""

    def apply(self, batch: Batch) -> Any:
        """Write it; what the call needs to know of it is given back."""
        ...


class Keepable(Intent, Protocol):
    """What can also wait until the graph is reached."""

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give what its records will be, each once, as far as that can be said without asking the graph."""
        ...


@dataclass(frozen=True)
class Save:
    """New records, and changes of saved ones, all or none."""

    changes: Sequence[tuple[Node, Facts]] = ()
    shared: Sequence[UserNode | StorageNode] = ()
    transforms: Sequence[TransformNode] = ()
    runs: Sequence[Started] = ()
    items: Sequence[Item] = ()
    collections: Sequence[tuple[CollectionNode, Sequence[ArtifactNode]]] = ()

    @classmethod
    def of(cls, records: Sequence[Node], items: Sequence[Item]) -> Save:
        """Sort records; `items` are their new artifacts. Raises `NotSavedError` for a relation to a new record."""
        new = [record for record in records if not record.is_saved]
        for record in new:
            record.must_be_savable()
        for record in new:
            if isinstance(record, RunNode):
                runs.note_process(record)
        return cls(
            [(record, changes) for record in records if record.is_saved and (changes := _changes(record))],
            [record for record in new if isinstance(record, UserNode | StorageNode)],
            [record for record in new if isinstance(record, TransformNode)],
            [(record, _transform_of(record)) for record in new if isinstance(record, RunNode)],
            items,
            [(record, getattr(record, "_artifacts", [])) for record in new if isinstance(record, CollectionNode)],
        )

    def apply(self, batch: Batch) -> None:
        """Write the changes with one statement for each label, then what is new, the first that others stand on."""
        self._change(batch)
        for shared in self.shared:
            _merge(batch, shared)
        if self.transforms:
            TransformSaver(batch).save(self.transforms)
        runs.start(batch, [(run, batch.uid_of(transform)) for run, transform in self.runs])
        if self.items:
            ArtifactSaver(batch).save(self.items)
        for record, members in self.collections:
            collections.save(batch, record, [batch.uid_of(each) for each in members])

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give the changed records, and the new ones as if all were the first of their kind."""
        united = _united(self.changes, [record.uid for record, _ in self.changes])
        return [
            *((record, {**record.facts(), **united[record.label][record.uid]}) for record, _ in self.changes),
            *((record, _foreseen(record, space, at_us)) for record in (*self.shared, *self.transforms)),
            *((run, _started(run, space, at_us)) for run, _ in self.runs),
            *((item.record, _placed(item, space, at_us)) for item in self.items),
            *(
                (record, _foreseen(record, space, at_us) | {"hash": collections.content_of([m.uid for m in members])})
                for record, members in self.collections
            ),
        ]

    def _change(self, batch: Batch) -> None:
        uids = [batch.uid_of(record) for record, _ in self.changes]
        united, following = _united(self.changes, uids), dict[str, Facts]()
        for label, each in united.items():
            for uid, changes in each.items():
                if changes.get("version"):
                    changes["version"] = version_name(batch, label, uid, changes["version"])
            following |= change(batch, label, each)
        for (record, _), uid in zip(self.changes, uids, strict=True):
            facts = {**united[record.label][uid], **following.get(uid, {})}
            batch.settle(record, {**record.facts(), **facts, "uid": uid})


@dataclass(frozen=True)
class Begin:
    """A run of a transform, which is new or another version when its code says so, and the code itself."""

    transform: TransformNode
    run: RunNode
    sources: Sequence[Item]
    renamed: str | None = None
    """The uid of the transform that goes by this one's key from now on."""

    def apply(self, batch: Batch) -> str:
        """Write them, and say what became of the transform: created, loaded, revised, renamed or copied."""
        if self.transform.is_saved:
            happened, uid = "loaded", batch.uid_of(self.transform)
        else:
            ((happened, uid),) = TransformSaver(batch, finds_renamed=True, renamed=self.renamed).save([self.transform])
        runs.start(batch, [(self.run, uid)])
        if self.sources:
            ArtifactSaver(batch).save(self.sources)
        return happened

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give the transform and the run."""
        return [
            (self.transform, _foreseen(self.transform, space, at_us)),
            (self.run, _started(self.run, space, at_us)),
        ]


@dataclass(frozen=True)
class End:
    """A run has ended, with a status, and the files that are kept of it."""

    run: RunNode
    status: str
    error: str | None = None
    items: Sequence[Item] = field(default_factory=list)

    def apply(self, batch: Batch) -> None:
        """Write them."""
        if self.items:
            ArtifactSaver(batch).save(self.items)
        runs.finish(batch, self.run, self.status, self.error)

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give the run as it ended."""
        del space
        return [(self.run, {**self.run.facts(), **runs.ended(self.status, self.error, at_us)})]


@dataclass(frozen=True)
class Read:
    """A run read a saved artifact."""

    run: str
    artifact: Node

    def apply(self, batch: Batch) -> None:
        """Write the edge, and those that follow from it."""
        note_inputs(batch, self.run, [batch.uid_of(self.artifact)])

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give nothing: no record changes."""
        del space, at_us
        return []


@dataclass(frozen=True)
class Use:
    """A run takes a raw file.

    It is the artifact that lies there, the one of its key, or one without a key: other artifacts with its content are
    other files.
    """

    run: str
    item: Item
    by_key: bool
    """Whether a person gave the key; else it is the file's path in the project."""

    def apply(self, batch: Batch) -> None:
        """Write the artifact when it is new, without a producer, and that the run read it."""
        known = [] if self.by_key else self._of_this_content(batch)
        is_it = [each for each in known if self._lies_at(each) or each.facts.get("key") in {None, self.item.key}]
        uid = is_it[-1].facts["uid"] if is_it else self._recorded(batch)
        note_inputs(batch, self.run, [uid])
        if known and not is_it:
            other = known[-1].facts["key"]
            batch.remarks.append(
                f"'{self.item.key}' has the content of '{other}'; that one: pg.Artifact.get(key={other!r}).cache()"
            )

    def _of_this_content(self, batch: Batch) -> list[Known]:
        found = with_content(batch, "data", [self.item.placed.facts.hash])
        return [each for each in found if not each.facts["deleted"]]

    def _recorded(self, batch: Batch) -> str:
        """Write the artifact, and give its uid; that it was another file before is said."""
        saver = ArtifactSaver(batch)
        (uid,) = saver.save([self.item])
        for each in saver.revised:
            batch.remarks.append(
                f"'{self.item.key}' has changed since it was recorded as Artifact('{each['older']}'): "
                "it is a new version, and nothing says what made it"
            )
        return uid

    def _lies_at(self, known: Known) -> bool:
        placed = self.item.placed
        return Path(known.root, known.facts["location"]) == Path(placed.storage["root"], placed.location)

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give nothing: a person gets a path and no record."""
        del space, at_us
        return []


def _foreseen(record: Node, space: str, at_us: int) -> Facts:
    facts = {**record.facts(), "created_us": record.created_us or at_us}
    return facts | ({"space": space} if record.spaced else {})


def _started(run: RunNode, space: str, at_us: int) -> Facts:
    times = {"started_us": run.started_us or at_us, "last_us": at_us}
    return _foreseen(run, space, at_us) | times


def _placed(item: Item, space: str, at_us: int) -> Facts:
    return _foreseen(item.record, space, at_us) | {"key": item.key} | item.placed.properties()


def _changes(record: Node) -> Facts:
    """Give what is to be written of a saved record; saving one that was hidden brings it back, whoever hid it."""
    changes = record.changes()
    return {**changes, "deleted": False} if hasattr(record, "deleted") else changes


def _united(changes: Sequence[tuple[Node, Facts]], uids: Sequence[str]) -> dict[str, dict[str, Facts]]:
    """Give by label and uid what all objects of a record say; where two say otherwise, the last is right."""
    united: dict[str, dict[str, Facts]] = {}
    for (record, said), uid in zip(changes, uids, strict=True):
        facts = united.setdefault(record.label, {}).setdefault(uid, {})
        if "params" in said:  # they hold as a whole
            facts.update(dict.fromkeys(filter(params.is_param, facts)))
        facts.update(said)
    return united


def _transform_of(run: RunNode) -> TransformNode:
    transform = getattr(run, "_transform", None)
    if transform is None or not transform.is_saved:
        raise NotSavedError(f"the run {run.uid} has no saved transform", "Save it first: transform.save().")
    found: TransformNode = transform
    return found


def _merge(batch: Batch, record: UserNode | StorageNode) -> None:
    if isinstance(record, UserNode):
        facts = user_facts(record)
        uid, name = _merged(batch, "users/merge", "user", facts)
        batch.settle(record, {**facts, "uid": uid, "name": name})
    else:
        facts = batch.new(record, slot=slots.of_storage(record.host, record.root))
        uid, created_us = _merged(batch, "storages/merge", "storage", facts)
        batch.settle(record, {**facts, "uid": uid, "created_us": created_us})


def _merged(batch: Batch, name: str, parameter: str, facts: Facts) -> list[Any]:
    return batch.run(statements.load(name), created_at=created_at(facts), **{parameter: facts})[0]
