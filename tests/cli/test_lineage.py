"""The commands that ask where files come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import provgraph as pg
from tests.support.commands import answer, provgraph, refusal


@pytest.fixture(autouse=True)
def flow(store: object) -> None:
    """raw.csv -> clean -> table.csv, and a file that nothing was made from."""
    for name in ("raw.csv", "table.csv", "lonely.csv"):
        Path(name).write_text(name)
    run = pg.Run(pg.Transform(name="clean", type="script").save()).save()
    pg.save([pg.Artifact(name, key=name, run=False) for name in ("raw.csv", "lonely.csv")])
    pg.Artifact.get(key="raw.csv").cache(is_run_input=run)
    pg.Artifact("table.csv", key="table.csv", run=run).save()


def test_lineage_takes_a_depth_ends_types_and_several_records() -> None:
    """As in Python."""
    assert "raw.csv" in answer("lineage", "table.csv")
    assert "raw.csv" not in answer("lineage", "table.csv", "--depth", "0")
    assert "raw.csv" not in answer("lineage", "table.csv", "--type", "notebook")
    assert "lonely.csv" in answer("lineage", "table.csv", "lonely.csv")
    assert "raw.csv" not in answer("lineage", "table.csv", "--until", "clean", "--direction", "upstream")


def test_sources_and_impact_list_files() -> None:
    """As a table, CSV or JSON; whom to tell goes to the error stream."""
    assert [row["key"] for row in json.loads(answer("sources", "table.csv", "--format", "json"))] == ["raw.csv"]
    done = provgraph("impact", "raw.csv", "--format", "csv")
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == ["key", "table.csv"]
    assert "made by testuser1" in done.stderr
    assert "table.csv" in answer("impact", "clean")
    assert json.loads(answer("impact", "lonely.csv", "--format", "json")) == []


def test_a_path_is_listed_record_by_record() -> None:
    """From what came first; where neither led to the other the exit code says so."""
    lines = answer("path", "table.csv", "raw.csv").splitlines()
    assert [line.split()[0] for line in lines] == ["artifact", "run", "artifact"]
    assert [line.split()[2] for line in lines] == ["raw.csv", "clean", "table.csv"]
    done = provgraph("path", "table.csv", "lonely.csv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "neither led to the other" in done.stderr


def test_a_record_is_named_by_a_file() -> None:
    """By its content."""
    Path("copy.csv").write_text("table.csv")
    assert json.loads(answer("sources", "copy.csv", "--format", "json"))[0]["key"] == "raw.csv"
    assert "'table.csv'" in refusal("sources", "tabel.csv")
