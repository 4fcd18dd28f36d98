"""`pg.view()`: the recent records of every registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.probes.notebook import in_notebook
from provgraph.registries import frames
from provgraph.registries.artifact import Artifact
from provgraph.registries.collection import Collection
from provgraph.registries.queryset import QuerySet
from provgraph.registries.run import Run
from provgraph.registries.search import check_limit
from provgraph.registries.storage import Storage
from provgraph.registries.transform import Transform
from provgraph.registries.user import User

if TYPE_CHECKING:
    from provgraph.registries.record import Record


def view(limit: int = 7) -> None:
    """Show the records that were created last in every registry: tables in a notebook, text in a terminal.

    Those of this space; users and storages belong to all, so those of the whole database.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.view()  # doctest: +ELLIPSIS
    Transform...
    """
    from provgraph.views.tables import repr_html, text_table

    check_limit(limit)
    registries: tuple[type[Record], ...] = (Artifact, Collection, Run, Storage, Transform, User)
    shown = {each: _rows(QuerySet(each).order_by("-created_at")[:limit]) for each in registries}
    if limit and not any(recent for registry, recent in shown.items() if registry.spaced):
        print("Nothing is recorded yet: call pg.track() in a script or notebook.")  # noqa: T201 - what it is for
    for registry, recent in shown.items():
        if not recent:
            continue
        if in_notebook():
            from IPython.display import HTML, display

            display(HTML(repr_html(registry.label, recent)))  # type: ignore[no-untyped-call]
        else:
            print(text_table(registry.label, recent))  # noqa: T201 - what it is for


def _rows(records: QuerySet[Any]) -> list[dict[str, Any]]:
    """Give what a table shows of records: what they belong to where there is room, and of runs, which have no names."""
    if in_notebook() or records.registry is Run:
        return frames.followed(records)
    return frames.shown(records.registry, records)
