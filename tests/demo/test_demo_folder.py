"""The demo's folder: what it may delete, what it says when a step fails or a package is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.demo import flow as demo
from provgraph.demo import review
from provgraph.demo.steps import STEPS, Step, run_step
from provgraph.engines.local import LocalEngine
from provgraph.errors import InvalidValueError, ProvgraphError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

for package in demo.NEEDS:
    pytest.importorskip(package, reason=f'the demo needs {package}: pip install "provgraph[demo]"')


@pytest.fixture
def folder(project: Path) -> Iterator[Path]:
    """Give the name of a folder for a demo, and stop its engine afterwards."""
    yield project / "demo"
    if (project / "demo" / ".provgraph").exists():
        LocalEngine(project / "demo" / ".provgraph").stop()


def test_another_folder_is_never_deleted(project: Path) -> None:
    """A folder with files that no demo made is refused and stays as it is."""
    (project / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidValueError, match="is not a demo of provgraph"):
        demo.run(project)
    assert [each.name for each in project.iterdir()] == ["thesis.tex"]


def test_demo_can_be_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a demo made is made anew, with an empty instance."""
    demo._make(folder)
    run_step(STEPS[2], folder)
    demo._make(folder)
    monkeypatch.chdir(folder)
    assert pg.Run.filter().count() == 0
    assert not (folder / "mydata" / "fastq").exists()


def test_review_fails_loudly_when_the_graph_knows_less_than_was_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one step of seven, the review names the missing runs, the missing predecessors and the missing figure."""
    demo._make(folder)
    run_step(STEPS[2], folder)
    monkeypatch.chdir(folder)
    with pytest.raises(ProvgraphError) as raised:
        review.main(demo.PLOT, 100, colour=False)
    for words in ("runs: 1 instead of 7", "artifacts: 2 instead of 10", "predecessors of 'Cell Ranger'", "lineage of"):
        assert words in str(raised.value)
    assert not (folder / review.PAGE).exists()


def test_refused_server_leaves_no_half_made_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no instance can be made at the URL, the error says why, and the next demo finds nothing in its way."""
    monkeypatch.setenv("PROVGRAPH_URL", "http://localhost:7474")
    with pytest.raises(ProvgraphError, match="is not the address of a Neo4j server"):
        demo._make(folder)
    monkeypatch.delenv("PROVGRAPH_URL")
    demo._make(folder)
    assert (folder / demo.MARKER).is_file()


@pytest.mark.parametrize("suffix", ["py", "ipynb"])
def test_failed_step_is_told_with_its_error(folder: Path, suffix: str) -> None:
    """A step that raises ends the demo with an error that names the step and shows its traceback."""
    cell: dict[str, object] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": []}
    cell |= {"execution_count": None, "source": "1 / 0"}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir()
    (folder / f"broken.{suffix}").write_text("1 / 0" if suffix == "py" else json.dumps(book))
    with pytest.raises(ProvgraphError, match=r"(?s)ZeroDivisionError.*broken"):
        run_step(Step("testuser1", f"broken.{suffix}", "fails"), folder)


def test_missing_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without scanpy the demo says how to install what it needs, and makes nothing."""
    monkeypatch.setattr(demo, "NEEDS", ("scanpy_that_is_not_there",))
    with pytest.raises(ProvgraphError, match=r'scanpy_that_is_not_there.*pip install "provgraph\[demo\]"'):
        demo.run(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_notebooks_of_the_package_are_clean() -> None:
    """They are valid, have ids and no outputs, and their first code cells differ."""
    import nbformat

    books = [json.loads(path.read_text()) for path in sorted(demo.FILES.glob("*.ipynb"))]
    code = [[cell for cell in book["cells"] if cell["cell_type"] == "code"] for book in books]
    for book in books:
        nbformat.validate(book)
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cells in code for cell in cells)
    assert len({"".join(cells[0]["source"]) for cells in code}) == len(books) == 3
