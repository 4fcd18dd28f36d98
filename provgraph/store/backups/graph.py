"""Write the nodes and edges of a backup into a graph, and compare a graph with a backup."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.store.backups.reading import SHARED, WRITER, ordered
from provgraph.store.backups.values import packed_all, split
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provgraph.engines.contract import Engine, Row, Transaction
    from provgraph.store.backups.opening import CheckedBackup, Line

ENDED: Final = frozenset({"status", "finished_us", "finished_at"})
"""What changes of a run by itself: one whose process is gone is ended when the store is opened."""
Uids = dict[tuple[str, str], str]
"""By label and uid in the backup, the uid under which a graph knows a user or a storage."""


@dataclass
class Difference:
    """How a graph differs from a backup: what it lacks, and what it holds otherwise or besides."""

    missing: int = 0
    others: list[str] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        """Whether the graph is what the backup holds."""
        return not self.missing and not self.others


class Target:
    """A graph that takes what a backup holds."""

    def __init__(self, engine: Engine, backup: CheckedBackup, spaces: list[str]) -> None:
        """Join the two; `spaces` are those of the graph that the backup is compared with."""
        self._engine, self._backup, self._spaces = engine, backup, spaces

    def records(self) -> int:
        """Count the records that the graph holds in the spaces."""
        return sum(self._counted().values())

    def difference(self) -> Difference:
        """Compare the graph with the backup, node by node and edge by edge."""
        found, uids, there = Difference(), self._known(), 0
        for labels, lines in self._backup.nodes(shared=False):
            present = self._present(labels[0], [each["uid"] for each in lines])
            there += len(present) if labels[0] != WRITER else 0
            for each in lines:
                if (facts := present.get(each["uid"])) is None:
                    found.missing += 1
                elif not _is_same(labels, each, facts):
                    found.others.append(f"{labels[0]} {each['uid']}")
        if more := self.records() - there:
            found.others.append(f"{counted(more, 'record')} besides those of the backup")
        for label, slots in self._slots().items():
            found.missing += sum((label, uid) not in uids for uid in slots.values())
        self._compare_edges(found, uids)
        return found

    def write(self, *, is_new: bool, progress: Callable[[int], None]) -> int:
        """Write what the graph lacks, a part in each transaction; give the edges whose other end it does not hold."""
        for labels, lines in self._backup.nodes(shared=True):
            self._engine.write(lambda tx, of=labels, lines=lines: _add_shared(tx, of[0], lines))  # type: ignore[misc]
            progress(len(lines))
        for labels, lines in self._backup.nodes(shared=False):
            present = {} if is_new else self._present(labels[0], [each["uid"] for each in lines])
            some = [each for each in lines if each["uid"] not in present]
            self._engine.write(lambda tx, of=labels, some=some: _add_nodes(tx, of, some))  # type: ignore[misc]
            progress(len(lines))
        uids, apart = self._known(), 0
        for part in self._backup.edges():
            apart += self._engine.write(lambda tx, part=part: _add_edges(tx, part, self._backup, uids, is_new=is_new))  # type: ignore[misc]
            progress(len(part))
        return apart

    def _counted(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for labels, nodes, _ in self._engine.read(statements.load("backup/labels"), spaces=self._spaces):
            label = ordered(labels)[0] if labels else ""
            counted[label] += nodes if label != WRITER else 0
        return +counted

    def _present(self, label: str, uids: list[str]) -> dict[str, Row]:
        rows = self._engine.read(statements.typed("backup/some", LABEL=label), uids=uids)[0][0]
        return {uid: [labels, facts] for uid, labels, facts in rows}

    def _slots(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {label: {} for label in SHARED}
        for labels, lines in self._backup.nodes(shared=True):
            found[labels[0]].update({each["properties"]["slot"]: each["uid"] for each in lines})
        return found

    def _known(self) -> Uids:
        """Ask under which uids the graph knows the backup's users and storages."""
        uids: Uids = {}
        for label, slots in self._slots().items():
            rows = self._engine.read(statements.typed("backup/slots", LABEL=label), slots=sorted(slots))[0][0]
            uids.update({(label, slots[slot]): uid for slot, uid in rows})
        return uids

    def _compare_edges(self, found: Difference, uids: Uids) -> None:
        for part in self._backup.edges():
            inner = [each for each in part if not each.get("beyond")]
            wanted = Counter(_edge(each, uids) for each in inner)
            present: Counter[str] = Counter()
            for label, begins in _by_label(inner, uids).items():
                rows = self._engine.read(statements.typed("backup/leaving", LABEL=label), uids=begins)[0][0]
                present.update(filter(None, (self._present_edge(label, row, uids) for row in rows)))
            found.missing += (wanted - present).total()
            found.others += sorted(f"the edge {each}" for each in present - wanted)

    def _present_edge(self, label: str, row: Row, uids: Uids) -> str | None:
        """Write an edge of the graph as one of the backup; None when its end is not in the backup."""
        begin, kind, labels, uid, _, facts = row
        end = (ordered(labels)[0] if labels else "", uid)
        is_inner = end in self._backup.known if end[0] not in SHARED else end in {(k[0], v) for k, v in uids.items()}
        return _written(kind, (label, begin), end, packed_all(facts)) if is_inner else None


def _is_same(labels: tuple[str, ...], kept: Line, present: Row) -> bool:
    there, facts = ordered(present[0]), packed_all(present[1])
    wanted = kept["properties"]
    if labels[0] == WRITER:
        return bool(facts["applied"] >= wanted["applied"])
    if labels[0] == "Run" and (wanted.get("status"), facts.get("status")) == ("running", "abandoned"):
        wanted, facts = ({name: each[name] for name in each if name not in ENDED} for each in (wanted, facts))
    return there == list(labels) and facts == wanted


def _edge(each: Line, uids: Uids) -> str:
    return _written(each["type"], _end(each["from"], uids), _end(each["to"], uids), each["properties"])


def _written(kind: str, begin: tuple[str, str], end: tuple[str, str], facts: dict[str, Any]) -> str:
    return f"{kind} from {begin[0]} {begin[1]} to {end[0]} {end[1]} {facts}"


def _end(end: list[str], uids: Uids) -> tuple[str, str]:
    """Give a node as the graph knows it."""
    label, uid = end
    return label, uids.get((label, uid), uid)


def _by_label(edges: Iterable[Line], uids: Uids) -> dict[str, list[str]]:
    """Give the nodes at which edges begin, by their labels, each once."""
    found: dict[str, dict[str, None]] = {}
    for each in edges:
        label, uid = _end(each["from"], uids)
        found.setdefault(label, {})[uid] = None
    return {label: list(begins) for label, begins in found.items()}


def _rows(lines: list[Line]) -> list[dict[str, Any]]:
    return [
        {"uid": each["uid"], "properties": plain, "times": times}
        for each in lines
        for plain, times in [split(each["properties"])]
    ]


def _add_shared(transaction: Transaction, label: str, lines: list[Line]) -> None:
    transaction.run(statements.typed("backup/add_shared", LABEL=label), rows=_rows(lines))


def _add_nodes(transaction: Transaction, labels: tuple[str, ...], lines: list[Line]) -> None:
    if lines:
        transaction.run(statements.typed("backup/add_nodes", LABEL=labels), rows=_rows(lines))


def _add_edges(transaction: Transaction, part: list[Line], backup: CheckedBackup, uids: Uids, *, is_new: bool) -> int:
    """Write edges, after removing those of the same nodes that are there; give how many found no end."""
    ours = [each for each in part if tuple(each["from"]) in backup.known]
    if not is_new:
        for label, begins in _by_label(ours, uids).items():
            transaction.run(statements.typed("backup/remove_edges", LABEL=label), uids=begins)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in part:
        (begin_label, begin), (end_label, end) = (_end(each[side], uids) for side in ("from", "to"))
        plain, times = split(each["properties"])
        name = "add_edges" if tuple(each["from"]) in backup.known else "join"
        row = {"begin": begin, "end": end, "properties": plain, "times": times}
        groups.setdefault((name, begin_label, each["type"], end_label), []).append(row)
    written = 0
    for (name, begin_label, kind, end_label), rows in groups.items():
        statement = statements.typed(f"backup/{name}", BEGIN_LABEL=begin_label, EDGE=kind, END_LABEL=end_label)
        written += transaction.run(statement, rows=rows)[0][0]
    return len(part) - written
