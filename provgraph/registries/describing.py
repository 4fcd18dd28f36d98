"""`describe()`: all that is known of a record, what belongs to it, and its lineage for two runs around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import NotSavedError
from provgraph.models import RELATIONS
from provgraph.registries import frames
from provgraph.views import repr_html, text_table

if TYPE_CHECKING:
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.record import Record

LISTED: Final = 10
"""Related records that are listed."""
AROUND: Final = 2
"""How many runs away the lineage reaches."""
WITH_LINEAGE: Final = frozenset({"Artifact", "Run", "Transform", "Collection"})
SECTIONS: Final[dict[str, dict[str, str]]] = {
    "Artifact": {"run": "Made by", "input_of": "Read by", "collections": "In collections"},
    "Run": {"inputs": "Inputs", "outputs": "Outputs", "predecessors": "Predecessors", "successors": "Successors"},
    "Transform": {"runs": "Runs", "outputs": "Outputs", "predecessors": "Predecessors", "successors": "Successors"},
    "Collection": {"artifacts": "Artifacts"},
    "User": {"transforms": "Transforms", "runs": "Runs", "artifacts": "Artifacts"},
    "Storage": {"artifacts": "Artifacts"},
}
ABOUT_RUNS: Final = ("uid", "transform__name", "transform__key", "created_by__handle", "status", "started_at")


@dataclass(frozen=True)
class Table:
    """Rows with their title."""

    title: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Description:
    """What is known of a record: tables, and its lineage as a tree."""

    tables: list[Table]
    tree: str

    def __repr__(self) -> str:
        """Give it as text."""
        parts = [text_table(each.title, each.rows) for each in self.tables]
        return "\n\n".join([*parts, *([f"Lineage\n{self.tree}"] if self.tree else [])])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        import html

        parts = [repr_html(each.title, each.rows) for each in self.tables]
        return "\n".join([*parts, *([f"<pre>{html.escape(self.tree)}</pre>"] if self.tree else [])])


def describe(record: Record) -> Description:
    """Give all facts of a record, what belongs to it by its relations, and its lineage for two runs around."""
    if not record.is_saved:
        raise NotSavedError(f"{record.label} '{record.title()}' is not saved", "Save it first: .save().")
    facts = {name: value for name, value in record.as_dict().items() if value not in (None, "", [])}
    facts |= {name: one.title() for name in ("transform", "created_by", "storage") if (one := _related(record, name))}
    tables = [Table(f"{record.label} {record.title()}", [{"field": name, "value": facts[name]} for name in facts])]
    for relation, title in SECTIONS[record.label].items():
        if found := _table(title, record._many(relation)):
            tables.append(found)
    tree = str(record.lineage(depth=AROUND).view()) if record.label in WITH_LINEAGE else ""
    return Description(tables, tree)


def _related(record: Record, name: str) -> Record | None:
    """Give the one record at the end of a relation, None when there is none or no such relation."""
    relation = RELATIONS[record.label].get(name)
    one: Record | None = record._one(name) if relation is not None and not relation.many else None
    return one


def _table(title: str, records: QuerySet[Any]) -> Table | None:
    """List related records, the first of them; those of a run with its code and user."""
    count = len(records)
    if not count:
        return None
    if records.label == "Run":
        rows = [
            {"uid": uid, "code": name or key, "user": user, "status": status, "started_at": f"{at:%Y-%m-%d %H:%M:%S}"}
            for uid, name, key, user, status, at in records[:LISTED].list(*ABOUT_RUNS)
        ]
    else:
        rows = frames.shown(records.registry, records[:LISTED])
    return Table(title if count <= LISTED else f"{title}, the first {LISTED} of {count:,}", rows)
