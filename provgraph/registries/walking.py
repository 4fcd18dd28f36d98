"""Filters that walk: `upstream_of=x` keeps what x was made from, `downstream_of=x` what was made from x."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.errors import UnknownFieldError
from provgraph.lookups import WALKED, WALKS, Q

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage


def walked(label: str, condition: Q) -> Q:
    """Turn the lookups of a condition that walk into conditions on uids, wherever in it they stand.

    The walk is done now, with the statements of a lineage: what is saved later does not change the query set. What was
    asked for (of a transform its runs, of a collection its members) is itself not among the records. Raises
    `UnknownFieldError` for a registry that lineage does not hold, and what `pg.lineage` raises.
    """
    found = Q()
    found.parts = tuple(_walked(label, part) for part in condition.parts)
    found.connector, found.negated = condition.connector, condition.negated
    return found


def _walked(label: str, part: Q | tuple[str, Any]) -> Q | tuple[str, Any]:
    if isinstance(part, Q):
        return walked(label, part)
    name, value = part
    return ("uid__in", _uids(label, name, value)) if name in WALKS else part


def _uids(label: str, name: str, asked: Any) -> list[str]:
    from provgraph.registries import questions
    from provgraph.registries.naming import all_named

    if label not in WALKED:
        raise UnknownFieldError(f"{label} has no '{name}'", f"It is there for {', '.join(WALKED)}.")
    records = all_named(asked)
    found: Lineage = questions.lineage(records, WALKS[name], siblings=False)
    return sorted(set(getattr(found, f"{label.lower()}_uids")) - found.targets - {each.uid for each in records})
