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


def test_lineage_is_written_in_the_form_of_the_suffix() -> None:
    """As a picture, as text for other programs, as a page; another suffix is refused."""
    for name, begins in (("a.svg", "<svg"), ("a.mmd", "flowchart"), ("a.dot", "digraph"), ("a.html", "<!doctype")):
        assert answer("lineage", "table.csv", "--output", name).strip() == name
        assert Path(name).read_text().lower().startswith(begins)
    answer("lineage", "table.csv", "--output", "a.json")
    assert {node["key"] for node in json.loads(Path("a.json").read_text())["nodes"] if node["type"] == "artifact"} == {
        "raw.csv",
        "table.csv",
    }
    assert ".svg" in refusal("lineage", "table.csv", "--output", "a.pdf")


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", "<!doctype html>"), ("svg", "<svg"), ("mermaid", "flowchart lr"), ("dot", "digraph"), ("json", "{")],
)
def test_lineage_is_printed_in_a_form_for_other_programs(form: str, begins: str) -> None:
    """The form alone stands in the output, and is what `--output` writes, whatever the file's suffix."""
    printed = answer("lineage", "table.csv", "--format", form)
    assert printed.lower().startswith(begins)
    assert "raw.csv" in printed
    assert answer("lineage", "table.csv", "--format", form, "--output", "a.txt") == "a.txt\n"
    assert Path("a.txt").read_text(encoding="utf-8") == printed


def test_the_tree_can_be_written_to_a_file() -> None:
    """As it is printed, without colours; an unknown form is refused."""
    answer("lineage", "table.csv", "--format", "tree", "--output", "a.txt")
    assert Path("a.txt").read_text(encoding="utf-8") == answer("lineage", "table.csv")
    assert provgraph("lineage", "table.csv", "--format", "pdf").exit_code == 2


def test_sources_and_impact_list_files() -> None:
    """As a table, CSV or JSON; whom to tell goes to the error stream."""
    assert [row["key"] for row in json.loads(answer("sources", "table.csv", "--format", "json"))] == ["raw.csv"]
    done = provgraph("impact", "raw.csv", "--format", "csv")
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == ["key", "table.csv"]
    assert "made by testuser1" in done.stderr
    assert "table.csv" in answer("impact", "clean")
    assert json.loads(answer("impact", "lonely.csv", "--format", "json")) == []


def test_makers_contributors_and_what_stands_around_a_transform_are_listed() -> None:
    """One verb for each question."""
    (row,) = json.loads(answer("makers", "table.csv", "--format", "json"))
    assert (row["transform"], row["user"], row["status"]) == ("clean", "testuser1", "running")
    assert json.loads(answer("makers", "table.csv", "--by", "clean", "--format", "json")) == [row]
    assert json.loads(answer("contributors", "table.csv", "--format", "json"))[0]["handle"] == "testuser1"
    run = pg.Run(pg.Transform(name="plot").save()).save()
    pg.Artifact.get(key="table.csv").cache(is_run_input=run)
    for verb, name, found in (
        ("predecessors", "plot", "clean"),
        ("ancestors", "plot", "clean"),
        ("successors", "clean", "plot"),
        ("descendants", "clean", "plot"),
    ):
        assert [row["name"] for row in json.loads(answer(verb, name, "--format", "json"))] == [found]
    assert "is no transform" in refusal("ancestors", "raw.csv")
    pg.Artifact("lonely.csv", key="plot.csv", run=run).save()
    common = json.loads(answer("common", "plot.csv", "table.csv", "--format", "json"))
    assert [row["key"] for row in common] == ["raw.csv"]


def test_an_impact_of_code_names_a_version_and_what_was_made_without_it() -> None:
    """On the error stream, beside whom to tell."""
    other = pg.Run(pg.Transform(name="other").save()).save()
    pg.Artifact("table.csv", key="table.csv", run=other).save()
    done = provgraph("impact", "clean", "--version", "0000", "--format", "csv")
    assert "also made by runs that are not affected: table.csv" in done.stderr
    assert "has no version '7'" in refusal("impact", "clean", "--version", "7")


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
