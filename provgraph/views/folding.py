"""Which records of a large lineage stand folded as one node, so that a picture shows no more than can be read.

Pure: a lineage goes in, groups of its uids come out. What was asked for and the current run are never folded, and
every node stands in exactly one visible place: by itself or in one group. Groups are made in this order, each only
while more than `cap` places are visible, the largest group of a step first:

1. "beside": files made beside, by the run that made them;
2. "after": all that was made from what was asked for, when there is something that it was made from;
3. "alike": runs of one transform, or files, in one column with the same kinds of neighbours;
4. "chain": ways without branches;
5. "earlier" and "later": the beginning and the end, and "between" what is never folded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts, order
from provgraph.ancestry.graph import Edge
from provgraph.errors import InvalidValueError
from provgraph.words import is_count

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from provgraph.ancestry import Lineage

CAP: Final = 60
"""How many nodes a picture shows at once unless another number is asked for."""
FEWEST: Final = 3
"""How many places a group stands for at least."""

Arrow = tuple[str, str]
Found = list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Group:
    """Nodes that are shown as one; `id` begins with a sign that no uid has."""

    id: str
    kind: str
    uids: tuple[str, ...]
    """In the lineage's order."""


@dataclass(frozen=True)
class Folding:
    """The places of a lineage's nodes: each stands by itself or in one group.

    >>> from provgraph.ancestry import Output, Rows, build
    >>> lineage = build(Rows(outputs=[Output(f"file{number}", "run", 1, 1) for number in range(100)]), "file0")
    >>> folding = fold(lineage, 60)
    >>> [(group.kind, len(group.uids)) for group in folding.groups], sorted(folding.visible)
    ([('beside', 99)], ['+0', 'file0', 'run'])
    """

    lineage: Lineage
    groups: tuple[Group, ...] = ()

    @cached_property
    def place(self) -> dict[str, str]:
        """For each uid the group it is in, else the uid."""
        return {uid: uid for uid in self.lineage.order} | {uid: group.id for group in self.groups for uid in group.uids}

    @property
    def visible(self) -> list[str]:
        """The uids and groups that are seen while all groups are folded, in topological order."""
        return self.seen.order

    @cached_property
    def seen(self) -> Lineage:
        """The folded lineage: each group stands there as its first node, under the group's id."""
        heads = {group.id: self.lineage.nodes[group.uids[0]]._replace(uid=group.id) for group in self.groups}
        alone = {uid: self.lineage.nodes[uid] for uid, place in self.place.items() if uid == place}
        edges = frozenset(Edge(source, target, "folded") for source, target in self.arrows)
        return replace(self.lineage, nodes=alone | heads, edges=edges, siblings=frozenset())

    @cached_property
    def arrows(self) -> set[Arrow]:
        """The edges between visible places, each once; those inside of a group are not seen."""
        return set(_arrows(self.lineage, self.place))

    def bridges(self) -> list[Arrow]:
        """Give the edges of which an end is a group, for all states between folded and expanded, each once."""
        found: dict[Arrow, None] = {}
        for edge in self.lineage.sorted_edges:
            source, target = self.place[edge.source], self.place[edge.target]
            if source != target:
                choices = ((source, target), (source, edge.target), (edge.source, target))
                found |= {arrow: None for arrow in choices if arrow != (edge.source, edge.target)}
        return list(found)

    def __len__(self) -> int:
        """Count the nodes that groups hold."""
        return sum(len(group.uids) for group in self.groups)


def fold(lineage: Lineage, cap: int | None = CAP) -> Folding:
    """Fold a lineage so that at most `cap` places are visible, or as few as there are without what is never folded.

    None folds nothing. The same lineage is always folded in the same way. Raises `InvalidValueError` for another cap.

    >>> from provgraph.ancestry import Rows, build
    >>> fold(build(Rows(), "Ci4XwC2Vd3KQ0000")).groups
    ()
    """
    check(cap)
    if cap is None or len(lineage) <= cap:
        return Folding(lineage)
    state = _State(lineage, max(cap, 1))
    for step in (_beside, _after, _alike, _chains, _farther):
        state.merge(step(state))
    return Folding(lineage, tuple(state.groups()))


def check(cap: Any) -> None:
    """Raise `InvalidValueError` for a cap that is neither None nor a number from 0 up."""
    if cap is not None and not is_count(cap):
        raise InvalidValueError(
            f"the cap {cap!r} is not a number from 0 up", "Give 0 or more, or None to fold nothing."
        )


class _State:
    """The places as they are while groups are made; a place is named by one of its nodes."""

    def __init__(self, lineage: Lineage, cap: int) -> None:
        self.lineage = lineage
        self.cap = cap
        self.kept = {*lineage.targets, *([lineage.current_run] if lineage.current_run else [])}
        self.place = {uid: uid for uid in lineage.order}
        self.members = {uid: [uid] for uid in lineage.order}
        self.kinds: dict[str, str] = {}

    def merge(self, found: Found) -> None:
        """Make groups of places, the largest first, while more than the cap are visible."""
        for kind, places in sorted(found, key=lambda each: -len(each[1])):
            if self.excess <= 0:
                return
            kinds = {self.kinds.get(each, kind) for each in places}
            self.kinds[places[0]] = kinds.pop() if len(kinds) == 1 else kind
            moved = [uid for each in places[1:] for uid in self.members.pop(each)]
            self.members[places[0]] += moved
            self.place |= dict.fromkeys(moved, places[0])

    @property
    def excess(self) -> int:
        """How many places are visible beyond the cap."""
        return len(self.members) - self.cap

    def groups(self) -> Iterator[Group]:
        """Give the groups, in topological order of their first nodes."""
        number = {uid: place for place, uid in enumerate(self.lineage.order)}
        folded = ((sorted(uids, key=number.__getitem__), place) for place, uids in self.members.items())
        several = sorted((each for each in folded if len(each[0]) > 1), key=lambda each: number[each[0][0]])
        for count, (uids, place) in enumerate(several):
            yield Group(f"+{count}", self.kinds[place], tuple(uids))

    def free(self) -> list[str]:
        """Give the places that may be folded: neither what was asked for nor the current run."""
        return [place for place in self.members if place not in self.kept]

    def neighbours(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Give what leads to each place, and what it leads to."""
        before: dict[str, list[str]] = defaultdict(list)
        after: dict[str, list[str]] = defaultdict(list)
        for source, target in dict.fromkeys(_arrows(self.lineage, self.place)):
            before[target].append(source)
            after[source].append(target)
        return before, after


def _beside(state: _State) -> Found:
    def maker(uid: str) -> Hashable:
        return next(iter(state.lineage.sources_of(uid)), None)

    siblings = [uid for uid in state.free() if uid in state.lineage.siblings]
    return [("beside", uids) for uids in _sorted_out(siblings, maker)]


def _after(state: _State) -> Found:
    """Take what leads to nothing that is kept, so that no arrow leads back out of the group."""
    before, after = state.neighbours()
    asked = state.lineage.targets
    below = _reached(asked, after) - _reached(state.kept & state.members.keys(), before)
    places = [each for each in state.free() if each in below]
    return [("after", places)] if _reached(asked, before) - asked and len(places) >= FEWEST else []


def _alike(state: _State) -> Found:
    kinds = {place: (state.kinds.get(place), _kind(state.lineage, place)) for place in state.members}
    before, after = state.neighbours()

    def look(place: str) -> Hashable:
        sides = (frozenset(kinds[each] for each in side.get(place, ())) for side in (before, after))
        return kinds[place], state.lineage.layers[place], *sides

    return [("alike", places) for places in _sorted_out(state.free(), look)]


def _chains(state: _State) -> Found:
    before, after = state.neighbours()
    single = {each for each in state.free() if len(before.get(each, ())) <= 1 and len(after.get(each, ())) <= 1}
    starts = [each for each in state.members if each in single and not single & {*before.get(each, ())}]
    chains = [_chain(start, single, after) for start in starts]
    return [("chain", chain) for chain in chains if len(chain) >= FEWEST]


def _chain(start: str, single: set[str], after: dict[str, list[str]]) -> list[str]:
    chain = [start]
    while (following := after.get(chain[-1])) and following[0] in single:
        chain.append(following[0])
    return chain


def _farther(state: _State) -> Found:
    """Cut off the beginning, the end, then what lies between what is kept; stretches of the order make no cycle."""
    arrows = _arrows(state.lineage, state.place)
    stretches: list[list[str]] = [[]]
    for place in order.topological(list(state.members), arrows):
        if place in state.kept:
            stretches.append([])
        else:
            stretches[-1].append(place)
    first, *between = stretches
    last = between.pop()[::-1] if between else []
    found, excess = [], state.excess
    for kind, stretch in [("earlier", first), ("later", last), *(("between", each) for each in between)]:
        places = stretch[: max(excess, 0) + 1]
        excess -= max(len(places) - 1, 0)
        found += [(kind, places)] if len(places) > 1 else []
    return found


def _sorted_out(places: Iterable[str], look: Callable[[str], Hashable]) -> Iterator[list[str]]:
    classes: dict[Hashable, list[str]] = defaultdict(list)
    for place in places:
        classes[look(place)].append(place)
    return (found for found in classes.values() if len(found) >= FEWEST)


def _kind(lineage: Lineage, uid: str) -> tuple[Any, ...]:
    facts = lineage.nodes[uid]
    if isinstance(facts, ArtifactFacts):
        return "artifact", facts.suffix, bool(facts.deleted), uid in lineage.siblings
    return "run", facts.transform_uid, facts.transform_name, facts.transform_key, bool(facts.deleted)


def _arrows(lineage: Lineage, place: dict[str, str]) -> Iterator[Arrow]:
    for edge in lineage.sorted_edges:
        source, target = place[edge.source], place[edge.target]
        if source != target:
            yield source, target


def _reached(starts: Iterable[str], ahead: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    stack = list(starts)
    while stack:
        if (place := stack.pop()) not in seen:
            seen.add(place)
            stack += ahead.get(place, [])
    return seen
