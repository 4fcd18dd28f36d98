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
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from provgraph.ancestry.rows import Input, Output, Rows


@dataclass(eq=False, slots=True)
class Event:
    """An edge as the walk sees it, itself alone: a lower number is let through by a lower bound."""

    artifact: str
    run: str
    at_artifact: float
    at_run: float
    edge: Input | Output
    is_input: bool


class Waiting:
    """The events not yet let through, at each run or artifact, the lowest last."""

    def __init__(self, named: Iterable[tuple[str, float, Event]]) -> None:
        """Sort events that come with the name of the place where they wait and the bound that they need."""
        places: dict[str, list[tuple[float, Event]]] = defaultdict(list)
        for name, number, event in named:
            places[name].append((number, event))
        for waiting in places.values():
            waiting.sort(key=itemgetter(0), reverse=True)
        self._places = places

    def below(self, name: str, bound: float, *, apart_from: str | None = None) -> list[Event]:
        """Take off the events below the bound; those of the run `apart_from` stay for others."""
        waiting = self._places.get(name, [])
        taken, kept = [], []
        while waiting and waiting[-1][0] < bound:
            number, event = waiting.pop()
            if event.run == apart_from:
                kept.append((number, event))
            else:
                taken.append(event)
        waiting.extend(reversed(kept))
        return taken


class Walk(NamedTuple):
    """What a walk let through: the inputs and outputs, and for each event the one that let it through (None: asked)."""

    inputs: set[Input]
    outputs: set[Output]
    causes: dict[Event, Event | None]

    @classmethod
    def of(cls, causes: dict[Event, Event | None]) -> Walk:
        """Sort the edges of the events into inputs and outputs."""
        inputs = {event.edge for event in causes if event.is_input}
        outputs = {event.edge for event in causes if not event.is_input}
        return cls(inputs, outputs, causes)  # type: ignore[arg-type]  # `is_input` says which they are


def upstream(rows: Rows, targets: Collection[str], depth: int | None = None, until: Collection[str] = ()) -> Walk:
    """Walk from artifacts or runs to what they were made from; give the inputs and outputs on the way.

    All producers of an artifact and all inputs of a run that were asked for count; it goes `depth` runs far, and not
    beyond the artifacts and runs of `until`.
    """
    reads = [Event(each.artifact, each.run, each.saw, each.step, each, is_input=True) for each in rows.inputs]
    makes = [Event(each.artifact, each.run, each.seq, each.step, each, is_input=False) for each in rows.outputs]
    return Walk.of(_walk(reads, makes, targets, depth, until))


def downstream(rows: Rows, targets: Collection[str], depth: int | None = None, until: Collection[str] = ()) -> Walk:
    """Walk from artifacts or runs to what was made from them; give the inputs and outputs on the way.

    All readers of an artifact and all outputs of a run that were asked for count; it goes `depth` runs far, and not
    beyond the artifacts and runs of `until`.
    """
    makes = [Event(each.artifact, each.run, -each.seq, -each.step, each, is_input=False) for each in rows.outputs]
    reads = [Event(each.artifact, each.run, -each.saw, -each.step, each, is_input=True) for each in rows.inputs]
    return Walk.of(_walk(makes, reads, targets, depth, until))


def chain(rows: Rows, source: str, target: str) -> list[str]:
    """Give one of the shortest ways from `source` to what was made from it, both ends included.

    It is empty when nothing led from one to the other.

    >>> from provgraph.ancestry import Input, Output, Rows
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> chain(rows, "raw", "table"), chain(rows, "table", "raw")
    (['raw', 'clean', 'table'], [])
    """
    causes = upstream(rows, [target]).causes
    event = next((each for each in causes if _starts_at(each, source)), None)
    found = [source] if event else []
    while event is not None:
        found.append(event.artifact if found[-1] == event.run else event.run)
        event = causes[event]
    return found


def _starts_at(event: Event, source: str) -> bool:
    """Say whether data flows out of `source` along this edge: out of an artifact that is read, of a run that makes."""
    return source == (event.artifact if event.is_input else event.run)


def _walk(
    near: Iterable[Event], far: Iterable[Event], targets: Collection[str], depth: int | None, until: Collection[str]
) -> dict[Event, Event | None]:
    """Go from each run along its `near` events to artifacts, and along their `far` events to other runs.

    Gives each event that was let through, the nearest first, with the one that let it through.
    """
    at_runs = Waiting((each.run, each.at_run, each) for each in near)
    at_artifacts = Waiting((each.artifact, each.at_artifact, each) for each in far)
    reached = [] if depth == 0 else [each for name in targets for each in at_artifacts.below(name, math.inf)]
    causes: dict[Event, Event | None] = dict.fromkeys(reached)
    bounds: dict[str, tuple[float, Event | None]] = dict.fromkeys(targets, (math.inf, None))
    distance = 0
    while bounds:
        for run, (bound, cause) in bounds.items():
            for event in at_runs.below(run, bound):
                causes[event] = cause
                if distance != depth and event.artifact not in until:
                    for behind in at_artifacts.below(event.artifact, event.at_artifact, apart_from=run):
                        causes[behind] = event
                        reached.append(behind)
        bounds, reached = _widest(each for each in reached if each.run not in until), []
        distance += 1
    return causes


def _widest(reached: Iterable[Event]) -> dict[str, tuple[float, Event | None]]:
    """For each run reached give the bound that lets the most through, and the event that set it."""
    bounds: dict[str, tuple[float, Event | None]] = {}
    for event in reached:
        if event.run not in bounds or event.at_run > bounds[event.run][0]:
            bounds[event.run] = event.at_run, event
    return bounds
