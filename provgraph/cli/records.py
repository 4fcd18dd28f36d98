"""Find the record that a person named on the command line."""

from __future__ import annotations

from typing import Any, Final

from provgraph.errors import NotFoundError, near
from provgraph.registries import Artifact, Collection, Record, Run, Transform, User
from provgraph.store import current

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
