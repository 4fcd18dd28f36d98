"""Notebooks as they are executed: in real kernels, what is shown and found again on both engines."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbclient
import nbformat
import pytest
from nbformat import v4

import provgraph as pg
from provgraph.store import current
from tests.support.engines import on_local

if TYPE_CHECKING:
    from provgraph.store.store import Store


@pytest.fixture(autouse=True)
def instance(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance whose space is this test's own, and kernels that find provgraph."""
    assert store
    monkeypatch.setenv("PYTHONPATH", str(Path(pg.__file__).parents[1]))


def notebook(name: str, *cells: str, heading: str = "# My analysis") -> Path:
    path = Path(name)
    content = v4.new_notebook(cells=[v4.new_markdown_cell(heading), *map(v4.new_code_cell, cells)])
    nbformat.write(content, path)
    return path


def executed(path: Path) -> str:
    """Execute a notebook as nbclient does, and give all that its cells printed."""
    content = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        content, kernel_name="python3", resources={"metadata": {"path": os.fspath(Path.cwd())}}
    ).execute()
    return "\n".join(
        output.get("text", "") + str(output.get("data", {}).get("text/html", ""))
        for cell in content.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


@on_local
def test_a_notebook_is_found_by_its_cells_and_named_by_its_heading() -> None:
    """Nothing tells plain nbclient's kernel which notebook runs; its first heading is the name, its path the key."""
    notebook("other.ipynb", "x = 1", heading="# Other")
    path = notebook("analysis.ipynb", "import provgraph as pg\nimport pandas", "pg.track()", "pg.finish()")
    printed = executed(path)
    assert "created Transform('" in printed
    assert "pandas==" in printed
    transform = pg.Transform.filter().one()
    assert (transform.key, transform.name, transform.type) == ("analysis.ipynb", "My analysis", "notebook")
    assert transform.runs.one().status == "completed"


@on_local
def test_a_notebook_in_memory_that_begins_as_one_on_disk_is_told_from_it() -> None:
    """By the first cell that the one on disk has not."""
    begun = ("import provgraph as pg", "pg.track()")
    said = "screen.ipynb was taken for the notebook that runs here"
    assert said not in executed(notebook("screen.ipynb", *begun, "x = 1", "x"))
    notebook("memory.ipynb", *begun, "y = 2", "y").rename("memory.txt")
    assert executed(Path("memory.txt")).count(said) == 1


@on_local
def test_the_cells_really_executed_are_kept_in_their_order() -> None:
    """As a hidden report of the run."""
    executed(notebook("a.ipynb", "import provgraph as pg", "pg.track()", "x = 41", "pg.finish()"))
    report = pg.Artifact.get(key="a.ipynb", kind="report")
    cells = [each["source"] for each in json.loads(report.path.read_text())["cells"] if each["cell_type"] == "code"]
    assert ["".join(each) for each in cells] == ["import provgraph as pg", "pg.track()", "x = 41", "pg.finish()"]
    run = pg.Run.filter().one()
    assert run.report == report
    assert run.environment is not None
    assert "provgraph" in run.environment.path.read_text()
    assert run.source_files.list("key", "kind") == [("a.ipynb", "source")]


@on_local
def test_a_notebook_whose_kernel_ends_without_finish_loses_nothing() -> None:
    """The kernel's end finishes the run, or leaves its cells beside an abandoned one."""
    executed(notebook("a.ipynb", "import provgraph as pg", "run = pg.track()", "x = 42"))
    store = current.use(current.existing().instance, quiet=True)
    run = pg.Run.filter().one()
    assert run.status in {"completed", "abandoned"}
    drafts = list((store.instance.folder / "runs").glob("*.ipynb"))
    kept = [each.path for each in pg.Artifact.filter(kind="report")] + drafts
    assert any("x = 42" in each.read_text() for each in kept)


@on_local
def test_the_cells_of_a_kernel_that_was_killed_become_its_run_s_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those up to its last save; the next process that opens the store writes them, in the name of whose run it was."""
    saves, dies = "pg.Transform(name='t').save(); x = 42", "import os\nos.kill(os.getpid(), 9)"
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        executed(notebook("a.ipynb", "import provgraph as pg\nrun = pg.track()", saves, dies))
    monkeypatch.setenv("PROVGRAPH_USER", "testuser2")
    for _ in range(100):
        store = current.use(current.existing().instance, quiet=True)
        if (run := pg.Run.filter().one()).status == "abandoned":
            break
        time.sleep(0.05)
    assert run.report is not None
    assert run.report.created_by == run.created_by != store.user
    assert "x = 42" in run.report.path.read_text()
    assert list((store.instance.folder / "runs").iterdir()) == []


WORKERS = """
def work(name):
    import provgraph as pg
    text = pg.Artifact.get(key="raw.txt").load()
    with open(name, "w") as file:
        file.write(text + name)
    pg.Artifact(name, key=name).save()
"""


def test_workers_of_a_notebook_belong_to_its_run() -> None:
    """Forked by multiprocessing, and of joblib, which starts them anew; what they read is read by the run."""
    Path("raw.txt").write_text("raw")
    path = notebook(
        "workers.ipynb",
        "import multiprocessing\nimport joblib\nimport provgraph as pg",
        "pg.track()",
        'pg.use("raw.txt")',
        WORKERS,
        'with multiprocessing.get_context("fork").Pool(2) as pool:\n'
        '    pool.map(work, [f"forked{number}.txt" for number in range(2)])',
        'joblib.Parallel(n_jobs=2)(joblib.delayed(work)(f"joblib{number}.txt") for number in range(2));',
        "pg.finish()",
    )
    executed(path)
    run = pg.Run.filter().one()
    assert run.transform is not None
    assert (run.transform.key, run.status) == ("workers.ipynb", "completed")
    names = [f"{kind}{number}.txt" for kind in ("forked", "joblib") for number in range(2)]
    assert sorted(run.outputs.list("key")) == names
    assert [pg.Artifact.get(key=name).load(is_run_input=False) for name in names] == [f"raw{name}" for name in names]
    assert run.inputs.list("key") == ["raw.txt"]
    assert pg.check() == []


def test_the_same_notebook_again_is_the_same_transform_with_a_new_run() -> None:
    """A new kernel starts a new run; outputs do not change the code."""
    path = notebook("a.ipynb", "import provgraph as pg", "pg.track()", "pg.track()", "print('done')", "pg.finish()")
    assert "already tracking" in executed(path)
    assert "loaded Transform" in executed(path)
    assert pg.Transform.filter().count() == 1
    assert pg.Run.filter().count() == 2


@on_local
def test_records_and_lineage_show_themselves_in_a_notebook() -> None:
    """Tables for records and query sets, a sandboxed frame for the lineage."""
    path = notebook(
        "a.ipynb",
        "import provgraph as pg, pandas as pd",
        "pg.track()",
        'artifact = pg.Artifact.from_df(pd.DataFrame({"a": [1]}), key="<b>.parquet").save()',
        "artifact",
        "pg.Artifact.filter()",
        "artifact.view_lineage()",
        "pg.view()",
        "pg.finish()",
    )
    shown = executed(path)
    assert shown.count("<table") >= 4
    assert "<iframe" in shown
    assert "sandbox" in shown
    assert "<b>.parquet" not in shown


@on_local
def test_a_notebook_that_stops_at_an_error_is_errored() -> None:
    """With the traceback; one that went on after it is completed."""
    failing = ("import provgraph as pg\npg.track()", 'raise ValueError("no such gene")')
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        executed(notebook("failing.ipynb", *failing))
    run = wait_for_end()
    assert run.status == "errored"
    assert "no such gene" in (run.error or "")


def wait_for_end() -> pg.Run:
    for _ in range(200):
        run = pg.Run.filter().one()
        if run.status != "running":
            break
        time.sleep(0.05)
    return run
