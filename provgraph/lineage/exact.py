"""The exact rules of lineage: which inputs and producers count, by the order in which things happened.

An input counts for an output of its run only when the run read it before it saved that output (the run's `step`). A
producer counts for a reader only when it had made the artifact before that read (the artifact's `seq` and `saw`). A run
or an artifact can be reached in several ways; the one that lets the most through decides, so bounds only ever widen.

Downstream is the same walk with all orders turned round, so there is one walk. It goes run by run, all of one distance
at a time. Each edge waits, sorted, at its run (or its artifact) until a bound lets it through, and is then taken off:
the walk ends on cycles too, its cost grows with the edges and never with the paths, and a depth is exact.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from provgraph.lineage.rows import Input, Output, Rows

Edges = tuple[set["Input"], set["Output"]]


class Event(NamedTuple):
    """An edge as the walk sees it: a lower number is let through by a lower bound."""

    artifact: str
    run: str
    at_artifact: float
    at_run: float
    edge: tuple[str, str, int, int]


class Waiting:
    """The events not yet let through, at each run or artifact, the lowest last."""

    def __init__(self, named: Iterable[tuple[str, float, Event]]) -> None:
        """Sort events that come with the name of the place where they wait and the bound that they need."""
        places: dict[str, list[tuple[float, Event]]] = defaultdict(list)
        for name, number, event in named:
            places[name].append((number, event))
        for waiting in places.values():
            waiting.sort(key=lambda each: each[0], reverse=True)
        self._places = places

    def below(self, name: str, bound: float, *, apart_from: str | None = None) -> Iterator[Event]:
        """Take off the events below the bound; those of the run `apart_from` stay for others."""
        waiting = self._places.get(name, [])
        kept = []
        while waiting and waiting[-1][0] < bound:
            number, event = waiting.pop()
            if event.run == apart_from:
                kept.append((number, event))
            else:
                yield event
        waiting.extend(reversed(kept))


def upstream(rows: Rows, targets: Collection[str], depth: int | None = None) -> Edges:
    """Walk from artifacts or runs to what they were made from; give the inputs and outputs on the way.

    All producers of an artifact and all inputs of a run that were asked for count; it goes `depth` runs far.
    """
    reads = (Event(each.artifact, each.run, each.saw, each.step, each) for each in rows.inputs)
    makes = (Event(each.artifact, each.run, each.seq, each.step, each) for each in rows.outputs)
    near, far = _walk(reads, makes, targets, depth)
    return near, far  # type: ignore[return-value]  # reads hold inputs, makes hold outputs


def downstream(rows: Rows, targets: Collection[str], depth: int | None = None) -> Edges:
    """Walk from artifacts or runs to what was made from them; give the inputs and outputs on the way.

    All readers of an artifact and all outputs of a run that were asked for count; it goes `depth` runs far.
    """
    makes = (Event(each.artifact, each.run, -each.seq, -each.step, each) for each in rows.outputs)
    reads = (Event(each.artifact, each.run, -each.saw, -each.step, each) for each in rows.inputs)
    near, far = _walk(makes, reads, targets, depth)
    return far, near  # type: ignore[return-value]  # reads hold inputs, makes hold outputs


def _walk(
    near: Iterable[Event], far: Iterable[Event], targets: Collection[str], depth: int | None
) -> tuple[set[tuple[str, str, int, int]], set[tuple[str, str, int, int]]]:
    """Go from each run along its `near` events to artifacts, and along their `far` events to other runs."""
    at_runs = Waiting((each.run, each.at_run, each) for each in near)
    at_artifacts = Waiting((each.artifact, each.at_artifact, each) for each in far)
    found_near: set[tuple[str, str, int, int]] = set()
    found_far: set[tuple[str, str, int, int]] = set()
    first = [] if depth == 0 else [each for target in targets for each in at_artifacts.below(target, math.inf)]
    bounds: dict[str, float] = dict.fromkeys(targets, math.inf)
    distance = 0
    while bounds:
        reached, first = first, []
        for run, bound in bounds.items():
            for event in at_runs.below(run, bound):
                found_near.add(event.edge)
                if distance != depth:
                    reached += at_artifacts.below(event.artifact, event.at_artifact, apart_from=run)
        found_far.update(each.edge for each in reached)
        bounds = _widest(reached)
        distance += 1
    return found_near, found_far


def _widest(reached: Iterable[Event]) -> dict[str, float]:
    """For each run reached give the bound that lets the most through."""
    bounds: dict[str, float] = {}
    for event in reached:
        bounds[event.run] = max(event.at_run, bounds.get(event.run, -math.inf))
    return bounds
