"""Write a selection of records as Cypher: names only from the models, values only as parameters.

Conditions across relations are patterns, which both engines answer from whichever end is rarer. `EXISTS` stands only
where the answer must be no, and for edges to one of few users or storages when something else has found few records
already. Alternatives are joined by `UNION ALL`, one row each: the local engine plans the patterns of a `CALL` badly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph.lookups.branches import branches, product
from provgraph.lookups.conditions import Tree, gather_refused, relation, tests
from provgraph.lookups.expressions import Names, reference
from provgraph.lookups.patterns import Group, Segment, Writer, defaults, where
from provgraph.models import NODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.lookups.columns import Column
    from provgraph.models import Hop

ROOT: Final = "n"
ALWAYS_THERE: Final = frozenset({"uid", "created_us"})
"""Properties that every node has."""


@dataclass(frozen=True)
class Order:
    """A property of the record to order by; records without a value come last, or first with `absent_first`."""

    property: str
    descending: bool = False
    absent_first: bool = False

    def __str__(self) -> str:
        """Write it for `ORDER BY`; both engines take what is absent for the greatest.

        >>> str(Order("key")), str(Order("key", descending=True))
        ('n.key', 'n.key IS NULL, n.key DESC')
        """
        name = f"{ROOT}.{self.property}"
        falling = " DESC" * self.descending
        if self.property in ALWAYS_THERE or self.absent_first == self.descending:
            return f"{name}{falling}"
        return f"{name} IS NULL{' DESC' * self.absent_first}, {name}{falling}"


@dataclass(frozen=True)
class Selection:
    """Which records: their label, and one tree of conditions for each call of `filter`.

    Conditions of one call hold for the same related records, those of two calls may hold for different ones. Records
    are of `space` (None for all), not deleted and, if artifacts, of kind "data", unless the trees name these fields or
    they are `lifted`. The records of `others` are wanted as well.
    """

    label: str
    space: str | None
    groups: tuple[Tree, ...] = ()
    lifted: frozenset[str] = frozenset()
    others: tuple[Selection, ...] = ()


@dataclass(frozen=True)
class Query:
    """Cypher and its parameters; it answers one row for each alternative, and a record can be in several."""

    text: str
    parameters: dict[str, Any] = field(hash=False)


def compile_rows(
    selection: Selection, columns: Sequence[Column], order: Sequence[Order] = (), most: int | None = None
) -> Query:
    """Write the query whose rows, one for each alternative, hold a list of cells for each column.

    With `most`, the cells are of the first `most` records in this order; without, of all of them in any order.
    """
    names = Names()
    cells = ", ".join(f"collect({_cell(selection.label, each, names)}) AS c{n}" for n, each in enumerate(columns))
    sorting = f" ORDER BY {', '.join(map(str, order))}" if order and most is not None else ""
    limit = f" LIMIT {names.parameter(most)}" if most is not None else ""
    parts = []
    for text, twice in _matches(selection, names):
        between = f" WITH {'DISTINCT ' * twice}{ROOT}{sorting}{limit}" if twice or limit else ""
        parts.append(f"{text}{between} RETURN {cells}")
    return Query("\nUNION ALL\n".join(parts), names.parameters)


def compile_count(selection: Selection) -> Query | None:
    """Write the query that counts the records; None where alternatives overlap, so that only their uids tell."""
    names = Names()
    matches = _matches(selection, names)
    if len(matches) > 1:
        return None
    ((text, twice),) = matches
    return Query(f"{text} RETURN count({'DISTINCT ' * twice}{ROOT}) AS records", names.parameters)


def _matches(selection: Selection, names: Names) -> list[tuple[str, bool]]:
    """Write what finds the records, for each alternative, and whether it can find one twice."""
    alternatives = product(
        [
            [tuple((group, part) for part in branch) for branch in branches(tree)]
            for tree in gather_refused(selection.groups)
            for group in [Group.of(selection.label, tree)]
        ]
    )
    fixed = [f"{ROOT}.{name} = {names.parameter(value)}" for name, value in _defaults(selection)]
    writer = Writer(ROOT, names)
    found = [writer.matching(selection.label, literals, list(fixed)) for literals in alternatives]
    return found + [match for other in selection.others for match in _matches(other, names)]


def _defaults(selection: Selection) -> list[tuple[str, Any]]:
    named = selection.lifted | {test.field for tree in selection.groups for test in tests(tree) if not test.path}
    values = {"space": selection.space, "deleted": False, "kind": "data"}
    fields: Any = NODES[selection.label].model_fields
    return [
        (name, value) for name, value in values.items() if name in fields and name not in named and value is not None
    ]


def _cell(label: str, column: Column, names: Names) -> str:
    """Write one cell: a property, or a list gathered along the path (with the edge's `seq` for a creator).

    A place within a collection is the edge's own.

    `collect` leaves out what is null, so a word that the field cannot hold stands for it.
    """
    if not column.path:
        return f"coalesce({reference(ROOT, column.field.property, names)}, {column.absent})"
    legs = [_Leg(ROOT)]
    end = ROOT
    for depth in range(len(column.path)):
        by = relation(label, column.path[: depth + 1])
        for hop in by.hops:
            start, end = end, names.variable()
            if hop.edge in legs[-1].edges:
                legs.append(_Leg(start))
            legs[-1].add(hop, str(Segment(start, hop, end)))
            if column.many:
                legs[-1].wheres += [f"{end}.{name} = {value}" for name, value in defaults(hop.label, by, frozenset())]
    value = reference(end, column.field.property, names)
    if column.first:
        value = f"[edge.seq, {value}]"
    elif column.within:
        legs[-1].wheres.append(f"{end}.uid = {names.parameter(column.within)}")
        value = f"edge.{column.field.property}"
    if column.first or column.within:
        legs[0].segments[0] = legs[0].segments[0].replace("[:", "[edge:", 1)
    return _gathered(legs, value, names)


@dataclass
class _Leg:
    """A part of a way that has each kind of edge once: one pattern takes no edge twice, and so not the way back."""

    start: str
    edges: set[str] = field(default_factory=set)
    segments: list[str] = field(default_factory=list)
    wheres: list[str] = field(default_factory=list)

    def add(self, hop: Hop, segment: str) -> None:
        self.edges.add(hop.edge)
        self.segments.append(segment)

    def listing(self, value: str) -> str:
        return f"[({self.start}){''.join(self.segments)}{where(self.wheres)} | {value}]"


def _gathered(legs: list[_Leg], value: str, names: Names) -> str:
    """Write the list of a value at the end of all legs."""
    last, *before = reversed(legs)
    listing = last.listing(value)
    for leg in before:
        found, some = names.variable(), names.variable()
        listing = f"reduce({found} = [], {some} IN {leg.listing(listing)} | {found} + {some})"
    return listing
