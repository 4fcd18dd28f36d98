"""The questions of LaminDB's older guide: which notebook ingested it, what was it made from, what did this run read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import provgraph as pg
from provgraph.demo.steps import Step, run_step

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Setup

IRIS = {
    "sepal_length": [5.1, 4.9, 7.0, 6.4, 6.3, 5.8],
    "petal_length": [1.4, 1.4, 4.7, 4.5, 6.0, 5.1],
    "species": ["setosa", "setosa", "versicolor", "versicolor", "virginica", "virginica"],
}
CELLS = (
    "import pandas as pd\n\nimport provgraph as pg\n\npg.track()",
    f"iris = pd.DataFrame({IRIS})",
    'pg.Artifact.from_df(iris, key="iris_new.parquet", description="iris_new").save()',
    "pg.finish()",
)
UPLOAD = """\
import provgraph as pg

pg.track()
with open("input.fastq", "w") as file:
    file.write("@read\\nACGT\\n+\\nFFFF\\n")
pg.Artifact("input.fastq", key="input.fastq").save()
"""
ALIGN = """\
import provgraph as pg

pg.track(params={"threads": 2})
reads = pg.Artifact.get(key="input.fastq").cache().read_text()
with open("output.bam", "w") as file:
    file.write(reads.replace("ACGT", "chr1:1000"))
pg.Artifact("output.bam", key="output.bam").save()
"""


def notebook(heading: str, *cells: str) -> str:
    """Give a notebook's file with a heading and these cells of code."""
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "outputs": [], "execution_count": None, "source": each} for each in cells
    ]
    listed = [{"cell_type": "markdown", "source": f"# {heading}"}, *code]
    numbered = [{**each, "id": f"cell-{number}", "metadata": {}} for number, each in enumerate(listed)]
    return json.dumps({"cells": numbered, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def room(project: Path, setup: Setup) -> Path:
    """Make an empty space on this engine, in which processes of their own work as well."""
    pg.init(project, name=f"iris-{setup.name}-{project.parent.name}", shared=True)
    return project


def test_notebook_that_ingested_iris_new_is_known(room: Path) -> None:
    """The artifact names its notebook and its user, and a query across the relation finds it too."""
    pytest.importorskip("nbclient")
    (room / "ingest-iris.ipynb").write_text(notebook("Ingest the iris flowers", *CELLS))
    (room / "other.ipynb").write_text(notebook("Another notebook", "print('not me')"))
    run_step(Step("testuser2", "ingest-iris.ipynb", "ingests the iris flowers"), room)
    found = pg.Artifact.get(description="iris_new")
    assert found.transform is not None
    assert (found.transform.name, found.transform.type) == ("Ingest the iris flowers", "notebook")
    assert found.created_by is not None
    assert found.created_by.handle == "testuser2"
    assert pg.Transform.filter(outputs__description="iris_new", type="notebook").one() == found.transform
    assert found.n_observations == 6


def test_input_of_the_run_that_made_output_bam_is_input_fastq(room: Path) -> None:
    """`Run.filter(outputs__key="output.bam").one().inputs[0].key` is what the run read."""
    (room / "upload.py").write_text(UPLOAD)
    (room / "align.py").write_text(ALIGN)
    for script in ("upload.py", "align.py"):
        run_step(Step("testuser1", script, "is a step of the older guide"), room)
    run = pg.Run.filter(outputs__key="output.bam").one()
    assert run.inputs[0].key == "input.fastq"
    assert run.inputs.count() == 1
    assert run.params == {"threads": 2}
    assert run.predecessors.one() == pg.Run.filter(outputs__key="input.fastq").one()


@pytest.mark.usefixtures("room")
def test_load_is_an_input_when_asked_for() -> None:
    """With tracking of inputs turned off, only `load(is_run_input=True)` makes the artifact an input."""
    made = pg.Artifact.from_df(pd.DataFrame(IRIS), key="iris_new.parquet").save()
    run = pg.track(transform=pg.Transform(name="Read the flowers", type="script").save())
    assert run is not None
    pg.settings.track_run_inputs = False
    made.load()
    assert run.inputs.count() == 0
    assert made.load(is_run_input=True).to_dict("list") == IRIS
    assert run.inputs.one() == made
    pg.finish()


@pytest.mark.usefixtures("room")
def test_load_for_another_run_is_an_input_of_that_run() -> None:
    """A run by hand is given to `Artifact` and to `load`, without a context."""
    transform = pg.Transform(name="By hand", type="pipeline").save()
    first, second = (pg.Run(transform=transform).save() for _ in range(2))
    made = pg.Artifact.from_df(pd.DataFrame(IRIS), key="iris_new.parquet", run=first).save()
    made.load(is_run_input=second)
    assert made.input_of.one() == second
    assert second.predecessors.one() == first
    assert pg.context.run is None
