"""Filters that walk: `upstream_of=x` keeps what x was made from, `downstream_of=x` what was made from x."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import UnknownFieldError
from provgraph.lookups import Q

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

DIRECTIONS: Final = {"upstream_of": "upstream", "downstream_of": "downstream"}
WALKED: Final = {
    "Artifact": lambda found: found.artifact_uids,
    "Run": lambda found: found.run_uids,
    "Transform": lambda found: found.transform_uids,
}
"""How the uids of a registry's records are read from a lineage."""


def walked(label: str, lookups: dict[str, Any]) -> tuple[list[Q], dict[str, Any]]:
    """Turn the lookups that walk into conditions on uids; give them, and the other lookups.

    The walk is done now, with the statements of a lineage: what is saved later does not change the query set. What was
    asked for is itself not among the records. Raises `UnknownFieldError` for a registry that lineage does not hold, and
    what `pg.lineage` raises.
    """
    others = {name: value for name, value in lookups.items() if name not in DIRECTIONS}
    conditions = [Q(uid__in=_uids(label, name, lookups[name])) for name in DIRECTIONS if name in lookups]
    return conditions, others


def _uids(label: str, name: str, asked: Any) -> list[str]:
    from provgraph.registries import questions
    from provgraph.registries.naming import all_named

    if label not in WALKED:
        raise UnknownFieldError(f"{label} has no '{name}'", f"It is there for {', '.join(WALKED)}.")
    records = all_named(asked)
    found: Lineage = questions.lineage(records, DIRECTIONS[name], siblings=False)
    return sorted(set(WALKED[label](found)) - {each.uid for each in records})
