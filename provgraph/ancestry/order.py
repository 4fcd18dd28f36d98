"""Order of a graph that may hold cycles: topological over its strongly connected components. Nothing recurses."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Arrow = tuple[str, str]


def topological(nodes: Sequence[str], arrows: Iterable[Arrow]) -> list[str]:
    """Give the nodes so that each stands after those that lead to it; the nodes of a cycle stand together.

    Where that leaves a choice, the order of `nodes` decides.

    >>> topological(["a", "b", "c"], [("c", "a"), ("a", "b")])
    ['c', 'a', 'b']
    """
    arrows = list(arrows)
    component = components(nodes, arrows)
    members: dict[int, list[str]] = defaultdict(list)
    rank: dict[int, int] = {}
    for place, node in enumerate(nodes):
        members[component[node]].append(node)
        rank.setdefault(component[node], place)
    ahead, waiting = _condensed(component, arrows)
    ready = [(rank[number], number) for number in members if not waiting[number]]
    heapq.heapify(ready)
    listed: list[str] = []
    while ready:
        _, number = heapq.heappop(ready)
        listed += members[number]
        for following in ahead[number]:
            waiting[following] -= 1
            if not waiting[following]:
                heapq.heappush(ready, (rank[following], following))
    return listed


def layers(listed: Sequence[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """Give each node of a topological order its column, so that arrows go to the right; only in a cycle some go back.

    The columns are as many as the longest path has nodes, and each node that leads to others stands as near to them as
    that allows: a file that is read late stands beside its reader.

    >>> layers(["a", "raw", "b", "c"], [("a", "b"), ("b", "c"), ("raw", "c")])
    {'a': 0, 'raw': 1, 'b': 1, 'c': 2}
    """
    place = {node: number for number, node in enumerate(listed)}
    ahead: dict[str, list[str]] = defaultdict(list)
    for source, target in arrows:
        if place[source] < place[target]:
            ahead[source].append(target)
    column = dict.fromkeys(listed, 0)
    for node in listed:
        for following in ahead[node]:
            column[following] = max(column[following], column[node] + 1)
    for node in reversed(listed):
        if ahead[node]:
            column[node] = min(column[following] for following in ahead[node]) - 1
    return column


def components(nodes: Sequence[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """Give each node the number of its strongly connected component (Kosaraju's two passes).

    >>> found = components(["a", "b", "c"], [("a", "b"), ("b", "a"), ("b", "c")])
    >>> found["a"] == found["b"] != found["c"]
    True
    """
    ahead: dict[str, list[str]] = defaultdict(list)
    behind: dict[str, list[str]] = defaultdict(list)
    for source, target in arrows:
        ahead[source].append(target)
        behind[target].append(source)
    component: dict[str, int] = {}
    for number, start in enumerate(reversed(_finishing_order(nodes, ahead))):
        stack = [start]
        while stack:
            node = stack.pop()
            if node not in component:
                component[node] = number
                stack += [each for each in behind[node] if each not in component]
    return component


def _finishing_order(nodes: Sequence[str], ahead: dict[str, list[str]]) -> list[str]:
    seen: set[str] = set()
    finished: list[str] = []
    for start in nodes:
        stack = [(start, False)]
        while stack:
            node, is_done = stack.pop()
            if is_done:
                finished.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(each, False) for each in ahead[node] if each not in seen]
    return finished


def _condensed(component: dict[str, int], arrows: Iterable[Arrow]) -> tuple[dict[int, set[int]], dict[int, int]]:
    """Give the arrows between components, and how many lead into each."""
    ahead: dict[int, set[int]] = defaultdict(set)
    waiting: dict[int, int] = defaultdict(int)
    for source, target in arrows:
        one, other = component[source], component[target]
        if one != other and other not in ahead[one]:
            ahead[one].add(other)
            waiting[other] += 1
    return ahead, waiting
