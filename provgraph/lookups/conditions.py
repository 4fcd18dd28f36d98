"""Conditions as the compiler takes them: a tree over tests, each at the end of a path of relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from provgraph.models import RELATIONS, Relation

Path = tuple[str, ...]
"""Names of relations, followed one after the other from the record that is asked for."""


@runtime_checkable
class UidSource(Protocol):
    """A set of records that can name its uids: a query set, given as the value of `__in`."""

    label: str

    def uids(self) -> list[str]:
        """Give the uids of the records."""
        ...


@dataclass(frozen=True)
class Test:
    """One comparison of one field of the record at the end of `path`.

    The operator `present` asks only that the path leads to a record; `missing` (its field is the name of a relation)
    that the record at the end of the path has no record there.
    """

    path: Path
    field: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Every:
    """All of the parts hold, for the same records at the ends of the same paths."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Some:
    """At least one of the parts holds."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Not:
    """The record does not fulfil the part, whatever records are taken at the ends of its paths."""

    part: Tree


Tree = Test | Every | Some | Not


def tests(tree: Tree) -> list[Test]:
    """List all tests in a tree."""
    if isinstance(tree, Test):
        return [tree]
    if isinstance(tree, Not):
        return tests(tree.part)
    return [test for part in tree.parts for test in tests(part)]


def place(tree: Tree) -> Path | None:
    """Give the one path at whose end the whole tree can be decided, None when there are several.

    A negation is decided at the record that is asked for.
    """
    if isinstance(tree, Test):
        return tree.path
    if isinstance(tree, Not):
        return ()
    places = {place(part) for part in tree.parts} or {()}
    return places.pop() if len(places) == 1 else None


def relation(label: str, path: Path) -> Relation:
    """Give the last relation on a path that starts at `label`."""
    *before, name = path
    return RELATIONS[target(label, tuple(before))][name]


def target(label: str, path: Path) -> str:
    """Give the label at the end of a path.

    >>> target("Artifact", ("run", "created_by"))
    'User'
    """
    for name in path:
        label = RELATIONS[label][name].target
    return label
