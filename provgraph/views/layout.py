"""Where a picture puts the nodes of a lineage: columns from left to right, few crossings, nothing on top of another."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.ancestry import Edge, Lineage

COLUMN: Final = 176
"""Pixels from one column to the next: the width of a label and room for arrows."""
ROW: Final = 104
"""Pixels from one row to the next: the height of a node with its label."""
SWEEPS: Final = 10
WIDE: Final = 1.4
"""How much wider than high a group's nodes stand."""

FIRM: Final = 20
"""How much less a lane moves than a node."""
LABEL: Final = 14
"""Pixels that a lane leaves more to the node above it, whose label is below, than to the one below it."""
MOST_LANES: Final = 2_000
"""Places that are kept free for long edges; the longest edges have none when there are more."""

Columns = list[list[str]]
Neighbours = dict[str, list[str]]


def positions(lineage: Lineage) -> dict[str, tuple[int, int]]:
    """Give each node's x and y in pixels; no two nodes stand in one place.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> positions(build(rows, "table"))
    {'raw': (0, 0), 'clean': (176, 0), 'table': (352, 0)}
    """
    columns = _columns(lineage)
    ways = _ways(columns, lineage)
    for sweep in range(SWEEPS):
        _reorder(columns, ways, rightward=sweep % 2 == 0)
    heights = _heights(columns, ways)
    return {
        uid: (number * COLUMN, heights[uid])
        for number, column in enumerate(columns)
        for uid in column
        if uid not in ways.lanes
    }


def inside(lineage: Lineage, uids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Give places for a group's nodes, from (0, 0): rows and columns where no edge joins them, else as for a lineage.

    >>> from provgraph.ancestry import Output, Rows, build
    >>> inside(build(Rows(outputs=[Output("a", "one", 1, 1), Output("a", "two", 2, 1)]), "a"), ["one", "two"])
    {'one': (0, 0), 'two': (0, 104)}
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


class Ways(NamedTuple):
    """What edges join, column by column: the neighbours on the left and on the right of each node and lane.

    A lane is a place that no node takes, so that an edge over several columns passes behind none of theirs. It is known
    by the edge's ends and by how far along it lies.
    """

    before: Neighbours
    after: Neighbours
    lanes: dict[str, tuple[str, str, float]]


def _ways(columns: Columns, lineage: Lineage) -> Ways:
    """Find the neighbours, and add lanes to the columns that long edges cross; the shortest edges come first."""
    ways = Ways(defaultdict(list), defaultdict(list), {})
    for edge in sorted(lineage.edges, key=lambda each: (_span(lineage, each), each)):
        last, span = edge.source, _span(lineage, edge)
        for step in range(1, span) if len(ways.lanes) + span <= MOST_LANES else ():
            lane = f"{edge.source} to {edge.target}, {step}"
            columns[lineage.layers[edge.source] + step].append(lane)
            ways.lanes[lane] = edge.source, edge.target, step / span
            ways.after[last].append(lane)
            ways.before[lane].append(last)
            last = lane
        ways.after[last].append(edge.target)
        ways.before[edge.target].append(last)
    return ways


def _span(lineage: Lineage, edge: Edge) -> int:
    """Over how many columns an edge goes; one that closes a cycle may go to the left."""
    return lineage.layers[edge.target] - lineage.layers[edge.source]


def _reorder(columns: Columns, ways: Ways, *, rightward: bool) -> None:
    """Sort each column by the mean place of its neighbours on the side that was sorted before."""
    place = {uid: number / max(len(column) - 1, 1) for column in columns for number, uid in enumerate(column)}
    neighbours = ways.before if rightward else ways.after
    for column in columns if rightward else reversed(columns):
        mean = {uid: _mean([place[each] for each in neighbours[uid]], place[uid]) for uid in column}
        column.sort(key=mean.__getitem__)
        place |= {uid: number / max(len(column) - 1, 1) for number, uid in enumerate(column)}


def _heights(columns: Columns, ways: Ways) -> dict[str, int]:
    """Put each node near the middle of its neighbours, one row or more below the one before it in its column.

    A lane stays where the edge's curve is, and what is in its way moves.
    """
    heights: dict[str, float] = {}
    for column in columns:
        heights |= {uid: (number - (len(column) - 1) / 2) * ROW for number, uid in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            wished = [_wished(uid, heights, ways) for uid in column]
            weights = [FIRM if uid in ways.lanes else 1 for uid in column]
            heights |= zip(column, spread(wished, weights), strict=True)
    return {uid: round(height) for uid, height in heights.items()}


def _wished(uid: str, heights: dict[str, float], ways: Ways) -> float:
    if uid in ways.lanes:
        source, target, along = ways.lanes[uid]
        curve = heights[source] + (heights[target] - heights[source]) * along * along * (3 - 2 * along)
        return curve - LABEL
    return _mean(sorted(heights[each] for each in (*ways.before[uid], *ways.after[uid])), heights[uid])


def spread(wished: list[float], weights: list[int]) -> list[float]:
    """Move heights apart until each is at least one row below the one before, moving groups as little as possible.

    What has a larger weight moves less.

    >>> spread([0, 0, 500], [1, 1, 1]), spread([0, 0], [1, 3])
    ([-52.0, 52.0, 500.0], [-78.0, 26.0])
    """
    groups: list[tuple[float, int, int]] = []
    for number, (height, weight) in enumerate(zip(wished, weights, strict=True)):
        total, weighs, count = (height - number * ROW) * weight, weight, 1
        while groups and groups[-1][0] / groups[-1][1] > total / weighs:
            before = groups.pop()
            total, weighs, count = total + before[0], weighs + before[1], count + before[2]
        groups.append((total, weighs, count))
    means = [total / weighs for total, weighs, count in groups for _ in range(count)]
    return [mean + number * ROW for number, mean in enumerate(means)]


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
