"""Find the record that a person named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.errors import InvalidValueError, shown
from provgraph.registries import Artifact, Record, Transform
from provgraph.registries.naming import named
from provgraph.store import current

if TYPE_CHECKING:
    from pathlib import Path


def find(text: str) -> Any:
    """Give the record with this key, name, uid, content of a file, or beginning of a uid; make no instance."""
    current.existing()
    return named(text)


def find_transform(text: str) -> Transform:
    """Give the transform that is named so; `InvalidValueError` for a record of another registry."""
    record = find(text)
    if not isinstance(record, Transform):
        raise InvalidValueError(f"{shown(record)} is no transform", "Name a script, a notebook or a pipeline.")
    return record


def file_of(record: Record) -> Path:
    """Give the path of an artifact's file; `InvalidValueError` for a record of another registry, which has none."""
    if not isinstance(record, Artifact):
        raise InvalidValueError(f"{shown(record)} has no file", "Name an artifact.")
    return record.cache(is_run_input=False)
