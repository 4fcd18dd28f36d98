"""Bring a tree of conditions into alternatives, each a list of conditions that can stand in one pattern.

"Or" across relations cannot be one pattern; it becomes several, whose answers are united.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, TypeVar

from provgraph.errors import InvalidValueError
from provgraph.lookups.conditions import Every, Some, Tree, place

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

MOST: Final = 64
"""Alternatives one query may have."""

Branch = tuple[Tree, ...]
"""Conditions of which each is decided at the end of one path."""


def branches(tree: Tree) -> list[Branch]:
    """List the alternatives of a tree; `InvalidValueError` when there are more than `MOST`.

    >>> from provgraph.lookups.conditions import Test
    >>> len(branches(Some((Test((), "key", "exact", "a"), Test(("run",), "uid", "exact", "b")))))
    2
    """
    if place(tree) is not None:
        return [(tree,)]
    if isinstance(tree, Some):
        found = [branch for part in tree.parts for branch in branches(part)]
        _check(len(found))
        return found
    assert isinstance(tree, Every)  # noqa: S101 - tests and negations have a place
    return product([branches(part) for part in tree.parts])


def product(alternatives: Sequence[list[tuple[T, ...]]]) -> list[tuple[T, ...]]:
    """Combine one alternative of each."""
    count = 1
    for each in alternatives:
        count *= len(each)
    _check(count)
    return [tuple(itertools.chain.from_iterable(choice)) for choice in itertools.product(*alternatives)]


def _check(count: int) -> None:
    if count > MOST:
        raise InvalidValueError(
            f"the lookup has {count} alternatives across relations, more than {MOST}",
            "Ask in several queries.",
        )
