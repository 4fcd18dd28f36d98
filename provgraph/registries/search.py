"""Search: records whose key, name or description has words of a text, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from provgraph.errors import InvalidValueError, shown
from provgraph.lookups import Q
from provgraph.words import is_count

if TYPE_CHECKING:
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.record import Record

R = TypeVar("R", bound="Record")

FIELDS = ("key", "name", "handle", "description", "root")


def search(records: QuerySet[R], text: str, limit: int) -> QuerySet[R]:
    """Give at most `limit` records with at least one word of the text, those with more and better matches first."""
    from provgraph.registries.ranked import Ranked

    if not isinstance(text, str):
        raise InvalidValueError(
            f"{shown(text)} is no text to search for", "Give words of a key, a name or a description."
        )
    check_limit(limit)
    fields = [name for name in FIELDS if name in records.registry.model_fields]
    words = text.lower().split()
    condition = Q()
    for name in fields:
        for word in words:
            condition = (
                condition | Q(**{f"{name}__icontains": word}) if condition.parts else Q(**{f"{name}__icontains": word})
            )
    found = records.filter(condition) if words else records
    return Ranked(
        found.registry,
        found.conditions,
        lifted=found.lifted,
        others=found.others,
        text=text.lower(),
        fields=tuple(fields),
        stop=limit,
    )


def check_limit(limit: Any, *, or_all: bool = False) -> None:
    """Raise `InvalidValueError` for what is no number of records; with `or_all` None stands for all of them.

    >>> check_limit(7)
    """
    if or_all and limit is None:
        return
    if not is_count(limit):
        advice = "Give 0 or more, or None for all." if or_all else "Give 0 or more."
        raise InvalidValueError(f"limit={limit!r} is no number of records", advice)


def score(values: list[Any], text: str) -> int:
    """Say how well a record's values fit a text: the whole, its beginning, whole words, parts of words.

    >>> score(["Project flow"], "project flow") > score(["My project"], "project flow") > 0
    True
    """
    words, best = text.split(), 0
    for value in values:
        lowered = str(value or "").lower()
        listed = lowered.split()
        whole = 1000 if lowered == text else 500 if lowered.startswith(text) else 200 if text in lowered else 0
        best = max(best, whole + sum(10 if word in listed else 5 if word in lowered else 0 for word in words))
    return best
