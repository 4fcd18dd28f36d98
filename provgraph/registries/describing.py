"""`describe()`: all that is known of a record, what belongs to it, and its lineage for two runs around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph.models import NODES, RELATIONS
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
NAMED: Final = ("transform", "created_by", "storage")
"""Relations to one record that stand among the facts, by the record's name."""
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
    record.must_be_saved()
    facts = {name: value for name, value in record.as_dict().items() if value not in (None, "", [])}
    facts |= _related(record)
    tables = [Table(f"{record.label} {record.title()}", [{"field": name, "value": facts[name]} for name in facts])]
    for relation, title in SECTIONS[record.label].items():
        if found := _table(title, record._many(relation)):
            tables.append(found)
    tree = str(record.lineage(depth=AROUND).view()) if record.label in WITH_LINEAGE else ""
    return Description(tables, tree)


def _related(record: Record) -> dict[str, str]:
    """Name what stands at the end of the relations that lead to one record, in one query."""
    relations = RELATIONS[record.label]
    asked = {
        name: [f"{name}__{field}" for field in (*NODES[relations[name].target].title_fields, "uid")]
        for name in NAMED
        if name in relations and not relations[name].many
    }
    columns = [column for each in asked.values() for column in each]
    rows = record._itself.list(*columns) if columns else []
    known = {column: value for row in rows for column, value in zip(columns, row, strict=True)}
    named = {name: next((known[each] for each in asked[name] if known.get(each)), None) for name in asked}
    return {name: value for name, value in named.items() if value is not None}


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
