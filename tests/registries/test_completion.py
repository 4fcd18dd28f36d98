"""What IPython and Jupyter complete: what a person calls, and nothing of what it is made with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

import provgraph as pg

KINDS: Final = (pg.Artifact, pg.Collection, pg.Run, pg.Storage, pg.Transform, pg.User)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_a_registry_shows_its_calls(kind: type) -> None:
    """None of pydantic's, nor what provgraph itself needs of it."""
    shown = {name for name in dir(kind) if not name.startswith("_")}
    assert {"filter", "get", "search", "lookup", "df", "save", "delete", "view_lineage"} <= shown
    assert not shown & {*dir(BaseModel), "from_row", "note_saved", "facts", "mutable"}


def test_a_record_shows_its_fields_and_relations() -> None:
    """And no more of it than a registry does."""
    shown = {name for name in dir(pg.Transform(name="step")) if not name.startswith("_")}
    assert {*pg.Transform.model_fields, "runs", "predecessors", "created_by", "created_at", "versions"} <= shown
    assert not shown & {"model_dump", "dict", "json", "copy", "must_be_saved"}


def test_a_shell_completes_with_it() -> None:
    """As IPython asks: by `dir`, on what is there."""
    completer = pytest.importorskip("IPython.core.completer")
    found = completer.Completer(namespace={"step": pg.Transform(name="step")}).attr_matches("step.pre")
    assert found == ["step.predecessors"]


def test_a_record_is_one_readable_line(project: object) -> None:
    """Its hash, which nobody reads, is among its facts."""
    Path("a.csv").write_text("1")
    saved = pg.Artifact("a.csv", key="a.csv", run=False).save()
    assert saved.hash is not None
    assert saved.hash not in repr(saved)
    assert len(repr(saved)) < 140
    assert saved.as_dict()["hash"] == saved.hash
