"""Read lookups such as `run__transform__type="notebook"` against the models."""

from __future__ import annotations

import difflib
from typing import Any, Final

from provgraph.errors import InvalidValueError, UnknownFieldError, near
from provgraph.lookups.conditions import Every, Not, Path, Some, Test, Tree, all_of, any_of, target
from provgraph.lookups.fields import COMPARISONS, RELATED, FieldKind, field_of, fields_of, param_of, unknown
from provgraph.lookups.q import Q
from provgraph.lookups.values import uids_for, value_for
from provgraph.models import RELATIONS

SEPARATOR: Final = "__"
ALL_COMPARISONS: Final = frozenset[str]().union(*COMPARISONS.values())
FOREIGN: Final = frozenset({"eq", "ne", "neq", "not", "like", "ilike", "between", "not_in"})
"""Comparisons as other libraries and SQL call them."""
ALIKE: Final = 0.75
"""How much of two words is the same when one may be the other, mistyped."""


def parse(label: str, condition: Q) -> Tree:
    """Read a `Q` for records with this label.

    Raises `UnknownFieldError` for a name that the label does not have, `InvalidValueError` for a value that does not
    suit its field, and `NotSavedError` for a record that is not in the graph.

    >>> parse("Artifact", Q(run__status="completed"))
    Test(path=('run',), field='status', operator='exact', value='completed')
    """
    if not condition:
        return Every(())
    parts = tuple(parse(label, each) if isinstance(each, Q) else _lookup(label, *each) for each in condition.parts)
    tree = all_of(parts) if condition.connector == "&" else any_of(parts)
    return Not(tree) if condition.negated else tree


def parse_order(label: str, name: str) -> tuple[str, bool]:
    """Read a name to order by into the path to the field and whether it is descending.

    >>> parse_order("Artifact", "-created_at")
    ('created_at', True)
    """
    bare = _text(name).removeprefix("-")
    path, rest = follow(label, bare)
    is_one = rest and not any(RELATIONS[at][step].many for at, step in _steps(label, path))
    if not is_one or field_at(target(label, path), rest) is None:
        raise UnknownFieldError(
            f"{label} cannot be ordered by '{bare}'", "Order by a field, or by a field across a relation to one record."
        )
    return bare, name.startswith("-")


def follow(label: str, name: str) -> tuple[Path, list[str]]:
    """Split a lookup's name into the relations at its start and the rest.

    >>> follow("Artifact", "run__transform__name__contains")
    (('run', 'transform'), ['name', 'contains'])
    """
    words = _text(name).split(SEPARATOR)
    path: list[str] = []
    while words and words[0] in RELATIONS[label]:
        label = RELATIONS[label][words[0]].target
        path.append(words.pop(0))
    return tuple(path), words


def field_at(label: str, words: list[str]) -> FieldKind | None:
    """Give the field that words name, or the one parameter of a run; None where they say more than that."""
    asked, *more = words
    field = field_of(label, asked)
    if field.kind == "json" and more:
        return param_of(field, SEPARATOR.join(more))
    return None if more else field


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidValueError(f"{name!r} is no name of a field", "Give a text, such as 'created_at' or 'run__uid'.")
    return name


def _lookup(label: str, name: str, value: Any) -> Tree:
    path, rest = follow(label, name)
    end = target(label, path)
    if path and (not rest or (len(rest) == 1 and rest[0] in RELATED and rest[0] not in fields_of(end))):
        return _of_relation(label, name, path, rest[0] if rest else "exact", value)
    if not rest:
        raise unknown(end, name)
    asked, *words = rest
    field = field_of(end, asked)
    if field.kind == "json" and words and (len(words) > 1 or words[0] not in COMPARISONS["json"]):
        parameter, *words = _parameter(name, words)
        field = param_of(field, parameter)
        asked = field.property
    operator = SEPARATOR.join(words) or "exact"
    _check(end, asked, operator, COMPARISONS[field.kind])
    if value is None and operator == "exact":
        operator, value = "isnull", True
    test = Test(path, field.property, operator, value_for(name, field, operator, value))
    if operator == "isnull" and test.value and path:
        return Some((*_missing(path), test))
    return test


def _parameter(name: str, words: list[str]) -> list[str]:
    """Join words to the name of a parameter, which may hold the separator, and give it with the comparison at the end.

    `UnknownFieldError` where the last word looks like a mistyped comparison.

    >>> _parameter("params__clf__C__gt", ["clf", "C", "gt"]), _parameter("params__clf__C", ["clf", "C"])
    (['clf__C', 'gt'], ['clf__C'])
    """
    *before, last = words
    if before and last in ALL_COMPARISONS:
        return [SEPARATOR.join(before), last]
    if before and (last in FOREIGN or _is_mistyped(last)):
        raise UnknownFieldError(
            f"'{last}' is no comparison",
            f"{near(last, COMPARISONS['param'])} For a parameter of this name write {name}{SEPARATOR}exact=...",
        )
    return [SEPARATOR.join(words)]


def _is_mistyped(word: str) -> bool:
    """Say whether a word is so much like a comparison that it is rather one than the end of a parameter's name.

    >>> _is_mistyped("contans"), _is_mistyped("gtx"), _is_mistyped("min"), _is_mistyped("lr")
    (True, True, False, False)
    """
    return any(each[0] == word[:1] for each in difflib.get_close_matches(word, ALL_COMPARISONS, cutoff=ALIKE))


def _of_relation(label: str, name: str, path: Path, operator: str, value: Any) -> Tree:
    if value is None and operator == "exact":
        operator, value = "isnull", True
    value = uids_for(name, target(label, path), operator, value)
    if operator != "isnull":
        return Test(path, "uid", operator, value)
    return Some(_missing(path)) if value else Test(path, "uid", "present")


def _missing(path: Path) -> tuple[Test, ...]:
    """Say that the path leads nowhere: at one of its steps there is no record."""
    return tuple(Test(path[:depth], name, "missing") for depth, name in enumerate(path))


def _check(label: str, field: str, operator: str, allowed: frozenset[str]) -> None:
    if operator in allowed:
        return
    if operator in ALL_COMPARISONS:
        raise UnknownFieldError(f"'{operator}' cannot compare {label}.{field}", f"It has {', '.join(sorted(allowed))}.")
    raise UnknownFieldError(f"{label}.{field} has no comparison '{operator}'", near(operator, allowed))


def _steps(label: str, path: Path) -> list[tuple[str, str]]:
    """Give each step of a path as the label it starts at and the relation's name."""
    steps = []
    for name in path:
        steps.append((label, name))
        label = RELATIONS[label][name].target
    return steps
