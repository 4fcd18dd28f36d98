"""Where a picture puts the nodes of a lineage: columns from left to right, few crossings, nothing on top of another."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.ancestry import Lineage

COLUMN: Final = 176
"""Pixels from one column to the next: the width of a label and room for arrows."""
ROW: Final = 96
"""Pixels from one row to the next: the height of a node with its label."""
SWEEPS: Final = 6
WIDE: Final = 1.4
"""How much wider than high a group's nodes stand."""

Columns = list[list[str]]


def positions(lineage: Lineage) -> dict[str, tuple[int, int]]:
    """Give each node's x and y in pixels; no two nodes stand in one place.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> positions(build(rows, "table"))
    {'raw': (0, 0), 'clean': (176, 0), 'table': (352, 0)}
    """
    columns = _columns(lineage)
    for sweep in range(SWEEPS):
        _reorder(columns, lineage, rightward=sweep % 2 == 0)
    heights = _heights(columns, lineage)
    return {uid: (number * COLUMN, heights[uid]) for number, column in enumerate(columns) for uid in column}


def inside(lineage: Lineage, uids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Give places for a group's nodes, from (0, 0): rows and columns where no edge joins them, else as for a lineage.

    >>> from provgraph.ancestry import Output, Rows, build
    >>> inside(build(Rows(outputs=[Output("a", "one", 1, 1), Output("a", "two", 2, 1)]), "a"), ["one", "two"])
    {'one': (0, 0), 'two': (0, 96)}
    """
    part = lineage.only(uids)
    if not part.edges:
        across = max(round(math.sqrt(WIDE * ROW / COLUMN * len(uids))), 1)
        return {uid: (number % across * COLUMN, number // across * ROW) for number, uid in enumerate(uids)}
    places = positions(part)
    top = min(y for _, y in places.values())
    return {uid: (x, y - top) for uid, (x, y) in places.items()}


def _columns(lineage: Lineage) -> Columns:
    columns: Columns = [[] for _ in range(max(lineage.layers.values(), default=-1) + 1)]
    for uid in lineage.order:
        columns[lineage.layers[uid]].append(uid)
    return columns


def _reorder(columns: Columns, lineage: Lineage, *, rightward: bool) -> None:
    """Sort each column by the mean place of its neighbours on the side that was sorted before."""
    place = {uid: number / max(len(column) - 1, 1) for column in columns for number, uid in enumerate(column)}
    neighbours = lineage.sources_of if rightward else lineage.results_of
    for column in columns if rightward else reversed(columns):
        mean = {uid: _mean([place[each] for each in neighbours(uid)], place[uid]) for uid in column}
        column.sort(key=mean.__getitem__)
        place |= {uid: number / max(len(column) - 1, 1) for number, uid in enumerate(column)}


def _heights(columns: Columns, lineage: Lineage) -> dict[str, int]:
    """Put each node near the middle of its neighbours, one row or more below the one before it in its column."""
    heights: dict[str, float] = {}
    for column in columns:
        heights |= {uid: (number - (len(column) - 1) / 2) * ROW for number, uid in enumerate(column)}
    both: dict[str, list[str]] = defaultdict(list)
    for edge in lineage.edges:
        both[edge.source].append(edge.target)
        both[edge.target].append(edge.source)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            wished = [_mean(sorted(heights[each] for each in both[uid]), heights[uid]) for uid in column]
            heights |= zip(column, spread(wished), strict=True)
    return {uid: round(height) for uid, height in heights.items()}


def spread(wished: list[float]) -> list[float]:
    """Move heights apart until each is at least one row below the one before, moving groups as little as possible.

    >>> spread([0, 0, 500])
    [-48.0, 48.0, 500.0]
    """
    groups: list[tuple[float, int]] = []
    for number, height in enumerate(wished):
        total, count = height - number * ROW, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            before = groups.pop()
            total, count = total + before[0], count + before[1]
        groups.append((total, count))
    means = [total / count for total, count in groups for _ in range(count)]
    return [mean + number * ROW for number, mean in enumerate(means)]


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
