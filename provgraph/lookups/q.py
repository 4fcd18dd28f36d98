"""`Q`: conditions that can be joined with `&` and `|` and turned round with `~`."""

from __future__ import annotations

from typing import Any, Final, Literal

from provgraph.errors import InvalidValueError, shown

Connector = Literal["&", "|"]
ADVICE: Final = "Write them as in Q(key='a.csv', size__gt=10)."


class Q:
    """Conditions on a record: all of the given ones hold.

    `a & b` holds where both do, `a | b` where one of them does, `~a` exactly where `a` does not, so also where a
    field has no value. An empty one says nothing and holds everywhere, turned round too, as in Django. The names are
    fields and relations, joined by `__`, with a comparison at the end (`exact` when there is none).

    >>> Q(suffix=".csv") & ~Q(run__status="errored")
    (Q(suffix='.csv') & ~Q(run__status='errored'))
    """

    def __init__(self, *conditions: Q, **lookups: Any) -> None:
        """Join other `Q`s and lookups by "and"; `InvalidValueError` when a positional argument is no `Q`."""
        for each in conditions:
            if not isinstance(each, Q):
                raise InvalidValueError(f"{shown(each)} is not a Q", ADVICE)
        kept = {name: list(value) if hasattr(value, "__next__") else value for name, value in lookups.items()}
        self.parts: tuple[Q | tuple[str, Any], ...] = (*conditions, *kept.items())
        self.connector: Connector = "&"
        self.negated = False

    def __and__(self, other: Q) -> Q:
        """Give what holds where both hold."""
        return _joined("&", self, other)

    def __or__(self, other: Q) -> Q:
        """Give what holds where one of them holds."""
        return _joined("|", self, other)

    def __invert__(self) -> Q:
        """Give what holds exactly where this does not."""
        turned = Q(self)
        turned.negated = True
        return turned

    def __bool__(self) -> bool:
        """Say whether there is any condition; an empty `Q` holds everywhere."""
        return any(bool(part) if isinstance(part, Q) else True for part in self.parts)

    def __repr__(self) -> str:
        """Write it as it would be typed."""
        texts = [repr(part) if isinstance(part, Q) else f"Q({part[0]}={part[1]!r})" for part in self.parts]
        if all(isinstance(part, tuple) for part in self.parts):
            texts = [f"Q({', '.join(f'{part[0]}={part[1]!r}' for part in self.parts if isinstance(part, tuple))})"]
        text = f" {self.connector} ".join(texts)
        return f"{'~' * self.negated}{f'({text})' if len(texts) > 1 else text}"


def _joined(connector: Connector, one: Q, other: Q) -> Q:
    if not isinstance(other, Q):
        raise InvalidValueError(f"{shown(other)} is not a Q", ADVICE)
    if not one or not other:
        return one or other
    both = Q(*_chained(connector, one), *_chained(connector, other))
    both.connector = connector
    return both


def _chained(connector: Connector, condition: Q) -> tuple[Q, ...]:
    """Give the parts of what was joined so already: a chain stays flat, as engines take only so many brackets."""
    parts = tuple(each for each in condition.parts if isinstance(each, Q))
    is_chain = condition.connector == connector and not condition.negated and len(parts) == len(condition.parts)
    return parts if is_chain else (condition,)
