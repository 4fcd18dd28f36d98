"""Conditions as the compiler takes them: a tree over tests, each at the end of a path of relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from provgraph.models import RELATIONS, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


def any_of(parts: Iterable[Tree]) -> Tree:
    """Join by "or". Tests of one field for single values become one test for their list.

    Otherwise hundreds of them take a Neo4j seconds to plan.

    >>> any_of([Test((), "key", "exact", "a"), Test((), "size", "gt", 3), Test((), "key", "in", ["b"])]).parts[0]
    Test(path=(), field='key', operator='in', value=['a', 'b'])
    """
    return _one_or(Some, _gathered(parts, _valued, _listed))


def all_of(parts: Iterable[Tree]) -> Tree:
    """Join by "and". Values that a field must not have become one list.

    >>> all_of([Not(Test((), "key", "exact", "a")), Not(Test((), "key", "exact", "b"))])
    Not(part=Test(path=(), field='key', operator='in', value=['a', 'b']))
    """
    return _one_or(Every, gather_refused(parts))


def gather_refused(trees: Iterable[Tree]) -> tuple[Tree, ...]:
    """Make one list of the values that a field must not have, among trees that all hold."""

    def refused(tree: Tree) -> tuple[Path, str] | None:
        return _valued(tree.part) if isinstance(tree, Not) else None

    return _gathered(trees, refused, lambda refusals: Not(_listed([each.part for each in refusals])))


def _gathered(
    trees: Iterable[Tree], field: Callable[[Tree], tuple[Path, str] | None], join: Callable[[list[Any]], Tree]
) -> tuple[Tree, ...]:
    """Join the trees about one field into one, at the place of their first; those about none stay as they are."""
    found: dict[object, list[Tree]] = {}
    for number, tree in enumerate(trees):
        found.setdefault(field(tree) or number, []).append(tree)
    return tuple(same[0] if len(same) == 1 else join(same) for same in found.values())


def _valued(tree: Tree) -> tuple[Path, str] | None:
    """Name the field that a test compares with one value or with a list of them."""
    if not isinstance(tree, Test) or tree.operator not in ("exact", "in"):
        return None
    return None if tree.operator == "exact" and isinstance(tree.value, list) else (tree.path, tree.field)


def _listed(tests: list[Test]) -> Test:
    values = [value for each in tests for value in (each.value if each.operator == "in" else [each.value])]
    return Test(tests[0].path, tests[0].field, "in", values)


def _one_or(kind: type[Every | Some], parts: tuple[Tree, ...]) -> Tree:
    return parts[0] if len(parts) == 1 else kind(parts)


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
