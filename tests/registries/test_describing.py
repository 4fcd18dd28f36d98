"""`describe()`: what is known of a record, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import NotSavedError

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")


def flow() -> tuple[pg.Artifact, pg.Run, pg.Artifact]:
    Path("raw.txt").write_text("1")
    raw = pg.Artifact("raw.txt", key="raw.txt", run=False, description="the first numbers").save()
    clean = pg.Run(pg.Transform(name="clean").save(), params={"cutoff": 3}).save()
    raw.cache(is_run_input=clean)
    return raw, clean, pg.Artifact("raw.txt", key="table.txt", run=clean).save()


def test_an_artifact_is_described_with_its_runs_and_its_lineage() -> None:
    """All facts, who made and who read it, and the tree."""
    raw, clean, table = flow()
    said = str(table.describe())
    assert said.startswith("Artifact table.txt")
    assert "Made by\n uid                    code    user        status    started_at\n" in said
    assert clean.uid in said
    assert said.endswith("from raw.txt · 1 B · testuser1 · " + said[-10:])
    read = str(raw.describe())
    assert ("the first numbers" in read, "Read by" in read, "Made by" in read) == (True, True, False)
    assert repr(raw.describe()) == read


def test_a_run_and_a_transform_are_described() -> None:
    """With what they read and made, and with their runs."""
    _, clean, _ = flow()
    run = str(clean.describe())
    assert run.index("Inputs") < run.index("raw.txt") < run.index("Outputs") < run.index("table.txt")
    assert "{'cutoff': 3}" in run
    assert clean.transform is not None
    transform = str(clean.transform.describe())
    assert "Runs" in transform
    assert "Outputs" in transform


def test_every_registry_is_described() -> None:
    """Users, storages and collections too; what is not saved is an error."""
    raw, *_ = flow()
    raws = pg.Collection(raw, name="raws").save()
    assert "Artifacts" in str(raws.describe())
    assert "Transforms" in str(pg.User.get(handle="testuser1").describe())
    assert raw.storage is not None
    assert "Artifacts" in str(raw.storage.describe())
    with pytest.raises(NotSavedError):
        pg.Transform(name="new").describe()


def test_a_notebook_shows_tables_in_which_nothing_runs() -> None:
    """The data is text there."""
    Path("raw.txt").write_text("1")
    shown = pg.Artifact("raw.txt", key="<b>.txt", description="<script>x</script>").save().describe()._repr_html_()
    assert "<table>" in shown
    assert "<script" not in shown
    assert "<b>" not in shown


def test_many_related_records_are_counted_and_the_first_listed(store: Store) -> None:
    """In as many statements as there are relations, whatever their number."""
    run = pg.Run(pg.Transform(name="split").save()).save()
    for number in range(12):
        Path(f"{number}.txt").write_text(str(number))
    pg.save([pg.Artifact(f"{number}.txt", key=f"{number}.txt", run=run) for number in range(12)])
    before = store.engine.statements
    assert "Outputs, the first 10 of 12" in str(run.describe())
    assert store.engine.statements - before <= 12
