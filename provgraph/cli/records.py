"""Find the record that a person named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import InvalidValueError, NotFoundError, near
from provgraph.registries import Artifact, Collection, Record, Run, Transform, User
from provgraph.store import current

if TYPE_CHECKING:
    from pathlib import Path

NAMED_BY: Final[tuple[tuple[type[Record], str], ...]] = (
    (Artifact, "key"),
    (Transform, "key"),
    (Transform, "name"),
    (Collection, "name"),
    (User, "handle"),
)


def find(text: str) -> Any:
    """Give the record with this key or name (its latest version), or else with this uid or beginning of a uid.

    Raises `NotFoundError` naming near keys when there is none.
    """
    current.existing()
    for registry, field in NAMED_BY:
        found = registry.filter(**{field: text}).last()
        if found is not None:
            return found
    registries: tuple[type[Record], ...] = (Artifact, Run, Transform, Collection, User)
    for each in registries:
        try:
            return each.get(text)
        except NotFoundError:
            continue
    keys = [key for key in Artifact.filter().list("key") if key]
    raise NotFoundError(
        f"no record has the key, name or uid '{text}'", near(text, keys) if keys else "See: provgraph view."
    )


def file_of(record: Record) -> Path:
    """Give the path of an artifact's file; `InvalidValueError` for a record of another registry, which has none."""
    if not isinstance(record, Artifact):
        raise InvalidValueError(f"{record!r} has no file", "Name an artifact.")
    return record.cache(is_run_input=False)
