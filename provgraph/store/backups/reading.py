"""Read the graph of some spaces into a draft, whole or not at all: nobody wrote to them meanwhile."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.errors import ConflictError
from provgraph.models import NODES
from provgraph.storage.archive import Draft
from provgraph.storage.progress import Progress
from provgraph.storage.turns import Turns
from provgraph.store.backups.values import packed_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from provgraph.engines.contract import Engine, Row, Transaction

    Add = Callable[[bytes], None]

PAGE: Final = 2_000
"""Nodes that one statement asks for, with their edges."""
TRIES: Final = 6
PATIENT: Final = 3
"""Tries after which those who write are kept waiting while the graph is read."""
WRITER: Final = "Writer"
SHARED: Final = tuple(label for label, kind in NODES.items() if not kind.spaced)
"""Labels of nodes that belong to no space."""
KNOWN: Final = (*SHARED, *(label for label, kind in NODES.items() if kind.spaced), WRITER)
End = tuple[str, str]
"""A node: its first label and its uid."""


class TornError(Exception):
    """Somebody wrote while the graph was read."""


@dataclass
class Found:
    """What was read: how many nodes and edges of which kind, and what could not be taken."""

    nodes: Counter[str] = field(default_factory=Counter)
    edges: Counter[str] = field(default_factory=Counter)
    beyond: int = 0
    """Edges from or to records of other spaces."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Nodes without a uid by their labels, and edges from or to nodes that belong to no space."""
    storages: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The properties of those that have a file, when files are asked for."""
    stored_in: dict[str, str] = field(default_factory=dict)
    seal: Row = field(default_factory=list)
    """What every saving transaction changes, see `seal`."""


def ordered(labels: Sequence[str]) -> list[str]:
    """Give a node's labels, the one by which it is known first.

    >>> ordered(["Zoo", "Artifact", "Annotated"]), ordered(["b", "a"])
    (['Artifact', 'Annotated', 'Zoo'], ['a', 'b'])
    """
    return sorted(labels, key=lambda label: (label not in KNOWN, label))


def seal(engine: Engine, spaces: list[str]) -> Row:
    """Give what every saving transaction in these spaces changes: writers, their transactions, the time of the last."""
    return engine.read(statements.load("backup/seal"), spaces=spaces)[0]


def read_graph(engine: Engine, spaces: list[str], path: Path, folder: Path, *, files: bool) -> tuple[Draft, Found]:
    """Read the spaces' graph into a draft at `path`, again when others wrote meanwhile.

    After some tries those who write in the `folder` of a local engine, or to a server that has locks, wait until it is
    read. Raises `ConflictError` when others wrote all the same.
    """
    for number in range(TRIES):
        held = number >= PATIENT
        with contextlib.suppress(TornError), Turns(folder).alone() if held else contextlib.nullcontext():
            reading = Reading(engine, spaces, path, files=files, held=held)
            return engine.look(reading.read)
    raise ConflictError(
        f"others wrote each of the {TRIES} times that the graph was read", "Try again when fewer processes write."
    )


@dataclass(frozen=True)
class Reading:
    """One try to read all; `held` keeps writers waiting on a server."""

    engine: Engine
    spaces: list[str]
    path: Path
    files: bool
    held: bool

    def read(self, transaction: Transaction) -> tuple[Draft, Found]:
        """Read into a new draft; `TornError` when somebody wrote meanwhile."""
        if self.held:
            transaction.run(statements.load("backup/hold"), spaces=self.spaces)
        before = self.seal()
        draft = Draft(self.path.open("wb"))
        try:
            found = Reader(transaction, self.spaces, files=self.files).into(draft)
            found.seal = before
            self._check(before)
        except BaseException:
            draft.leave()
            raise
        return draft, found

    def seal(self) -> Row:
        """Ask for the seal beside the reading transaction, which may see an older state."""
        return seal(self.engine, self.spaces)

    def _check(self, before: Row) -> None:
        if self.seal() != before:
            raise TornError


class Reader:
    """Reads the nodes and edges of some spaces within one transaction."""

    def __init__(self, transaction: Transaction, spaces: list[str], *, files: bool) -> None:
        """Begin; nothing is read yet."""
        self._transaction, self._spaces, self._files = transaction, spaces, files
        self._uids: dict[str, list[str]] = {}
        self._known: set[End] = set()
        self._leaving = 0
        self.found = Found()

    def into(self, draft: Draft) -> Found:
        """Write all into two entries of a draft; `TornError` when something of it was missing."""
        labels, left = self._labels()
        with Progress("reading the graph", total=2 * sum(labels.values())) as progress:
            with draft.entry("nodes.jsonl") as add:
                for label in (*SHARED, *sorted(labels, key=_place)):
                    for rows in self._pages(label, labels):
                        self._add_nodes(label, rows, add)
                        progress.advance(len(rows))
            with draft.entry("edges.jsonl") as add:
                for label, uids in self._uids.items():
                    for some in _parts(uids):
                        self._add_edges(label, some, add)
                        progress.advance(len(some))
        self.found.left_out.update(+left)
        self._check(labels)
        return self.found

    def _run(self, statement: statements.Statement, **parameters: Any) -> Any:
        return self._transaction.run(statement, **parameters)[0][0]

    def _labels(self) -> tuple[Counter[str], Counter[str]]:
        """Count the nodes that have a uid by their first label, and those that have none."""
        with_uid: Counter[str] = Counter()
        without: Counter[str] = Counter()
        for labels, nodes, known in self._transaction.run(statements.load("backup/labels"), spaces=self._spaces):
            label = ordered(labels)[0] if labels else ""
            if label in SHARED:
                continue  # a person gave it a space; it belongs to all
            with_uid[label] += known if label else 0
            without[label or "no label"] += nodes - (known if label else 0)
        return +with_uid, +without

    def _pages(self, label: str, labels: Counter[str]) -> Iterator[list[Row]]:
        for some in _parts(sorted(self._wanted(label, labels))):
            yield self._run(statements.typed("backup/some", LABEL=label), uids=some)

    def _wanted(self, label: str, labels: Counter[str]) -> set[str]:
        """Give the uids of a label's nodes that are to be read."""
        if label in SHARED:
            return set().union(*(self._touched(each, label) for each in labels))
        return set(self._run(statements.typed("backup/uids", LABEL=label), spaces=self._spaces))

    def _touched(self, begin: str, label: str) -> set[str]:
        """Give the uids of users, or of storages, that nodes with the label `begin` have edges to."""
        statement = statements.typed("backup/shared", LABEL=begin, SHARED=label)
        return set(self._run(statement, spaces=self._spaces))

    def _add_nodes(self, label: str, rows: list[Row], add: Add) -> None:
        for uid, labels, facts in rows:
            kinds = ordered(labels)
            if kinds[0] != label:
                continue  # it comes with its first label
            self._uids.setdefault(label, []).append(uid)
            self._known.add((label, uid))
            self.found.nodes[label] += 1
            if label == "Storage":
                self.found.storages[uid] = {"uid": uid, "root": facts.get("root"), "host": facts.get("host")}
            if self._files and label == "Artifact" and facts.get("location"):
                self.found.artifacts[uid] = facts
            add(line({"labels": kinds, "uid": uid, "properties": packed_all(facts)}))

    def _add_edges(self, label: str, uids: list[str], add: Add) -> None:
        leaving = self._run(statements.typed("backup/leaving", LABEL=label), uids=uids)
        lines = [self._edge((label, row[0]), row, is_coming=False) for row in leaving]
        if label not in SHARED:
            self._leaving += len(leaving)
            coming = self._run(statements.typed("backup/coming", LABEL=label), uids=uids, spaces=self._spaces)
            lines += [self._edge((label, row[0]), row, is_coming=True) for row in coming]
        for each in sorted(text for text in lines if text):
            add(each)

    def _edge(self, here: End, row: Row, *, is_coming: bool) -> bytes:
        """Give the line of an edge; none when its other end is nothing that a backup holds."""
        _, kind, labels, uid, space, facts = row
        there = (ordered(labels)[0] if labels else "", uid)
        is_beyond = space is not None and space not in self._spaces
        if not isinstance(uid, str) or (there not in self._known and not is_beyond):
            if isinstance(uid, str) and (there[0] in SHARED or space is not None):
                raise TornError
            self.found.left_out[f"edges {kind}"] += 1
            return b""
        if is_beyond:
            self.found.beyond += 1
        else:
            self.found.edges[kind] += 1
        if kind == "STORED_IN" and self._files:
            self.found.stored_in[here[1]] = uid
        ends = {"from": there, "to": here} if is_coming else {"from": here, "to": there}
        beyond = {"beyond": True} if is_beyond else {}
        return line({**ends, "type": kind, "properties": packed_all(facts), **beyond})

    def _check(self, labels: Counter[str]) -> None:
        """Raise `TornError` when not all was read that is there now, or that was there at first."""
        now, _ = self._labels()
        spaced = Counter({label: count for label, count in self.found.nodes.items() if label not in SHARED})
        leaving = sum(count for _, count in self._transaction.run(statements.load("backup/types"), spaces=self._spaces))
        of_unknown = any(not name.startswith("edges ") for name in self.found.left_out)
        if not labels == now == spaced or not (leaving == self._leaving or (of_unknown and leaving > self._leaving)):
            raise TornError


def line(value: dict[str, Any]) -> bytes:
    """Write a value as a line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _place(label: str) -> tuple[int, str]:
    return (KNOWN.index(label) if label in KNOWN else len(KNOWN), label)


def _parts(uids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(uids), PAGE):
        yield uids[start : start + PAGE]
