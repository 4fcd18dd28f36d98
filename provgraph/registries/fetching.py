"""Fetch the cells of records, column by column, and bring them into order.

Ten thousand records come as a list for each field. A list for each record would be ten thousand containers, and
Python's collector of garbage takes longer to look through them than the graph to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph.lookups import Order, column, compile_rows, rank
from provgraph.registries.backend import backend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.lookups import Column, Selection

Cells = list[Any]
Columns = list[Cells]

FEW: Final = 5_000
"""Records up to which the graph orders and cuts; more are ordered here, the local engine being slow at it."""


@dataclass(frozen=True)
class Key:
    """A column to order by; what is not known comes last, or first with `absent_first`."""

    column: Column
    falls: bool
    absent_first: bool

    def sorted(self, places: list[int], cells: Cells) -> list[int]:
        """Order places by their cells; equal ones stay as they are."""
        absent = [place for place in places if cells[place] is None]
        known = [place for place in places if cells[place] is not None] if absent else places
        by = cells.__getitem__ if self.column.field.kind != "param" else lambda place: rank(cells[place])
        found = sorted(known, key=by, reverse=self.falls)
        return [*absent, *found] if self.absent_first else [*found, *absent]


def fetch(
    selection: Selection, names: Sequence[str], keys: Sequence[Key], start: int = 0, stop: int | None = None
) -> Columns:
    """Give for each name its cells, one for each record, in the order of the keys; cells are as the graph gave them."""
    label = selection.label
    asked = {name: column(label, name) for name in ("uid", *names)} | {key.column.name: key.column for key in keys}
    is_few = stop is not None and stop <= FEW and all(key.column.is_of_one_type for key in keys)
    order = [Order(key.column.field.property, key.falls, key.absent_first) for key in keys]
    query = compile_rows(selection, list(asked.values()), order if is_few else (), stop if is_few else None)
    answers = backend().fetch(query.text, query.parameters)
    cells = dict(zip(asked, _united(answers, list(asked.values())), strict=True))
    places = _distinct(cells["uid"], many=len(answers) > 1)
    for key in reversed(_deciding(keys, cells)):
        places = key.sorted(places, _held(key.column, cells[key.column.name]))
    if places == list(range(len(places))):
        return [cells[name][start:stop] for name in names]
    return [[cells[name][place] for place in places[start:stop]] for name in names]


def _united(answers: Columns, asked: list[Column]) -> Columns:
    """Join the alternatives' lists, and put None where the graph wrote that there is no value."""
    found = [[cell for answer in answers for cell in answer[place]] for place in range(len(asked))]
    return [cells if each.path else each.without_absent(cells) for each, cells in zip(asked, found, strict=True)]


def _distinct(uids: list[str], *, many: bool) -> list[int]:
    """Give the place of each record, once; only alternatives can hold one twice."""
    return list({uid: place for place, uid in enumerate(uids)}.values()) if many else list(range(len(uids)))


def _deciding(keys: Sequence[Key], cells: dict[str, Cells]) -> list[Key]:
    """Give the keys up to the first that no two records share: those behind it decide nothing."""
    found: list[Key] = []
    for key in keys:
        found.append(key)
        if (
            key.column.is_of_one_type
            and None not in (known := set(cells[key.column.name]))
            and len(known) == len(cells["uid"])
        ):
            break
    return found


def _held(of: Column, cells: Cells) -> Cells:
    return [of.held(cell) for cell in cells] if of.path else cells
