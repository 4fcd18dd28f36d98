"""The whole project flow of LaminDB's guide: scripts and notebooks really run, two users, on both engines."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.ancestry import ArtifactFacts
from provgraph.demo import flow as demo
from provgraph.demo import review
from provgraph.demo.steps import STEPS
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from provgraph.ancestry import Lineage

for package in demo.NEEDS:
    pytest.importorskip(package, reason=f'the demo needs {package}: pip install "provgraph[demo]"')

pytestmark = pytest.mark.usefixtures("inside")

MATRIXPLOT = demo.PLOT
UMAP = "figures/umap_fig1_score-wgs-hits.png"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Flow:
    """The folder of the demo after it ran, what it printed, and how its engine is reached."""

    folder: Path
    printed: str
    complained: str
    environment: dict[str, str]


def command(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `provgraph` as a process of its own."""
    foreign = ("PROVGRAPH_", "NEO4J_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        [sys.executable, "-m", "provgraph.cli", *words],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module", params=["local", "neo4j"])
def flow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """Run the demo once on this engine; delete its instance at the end."""
    environment = request.getfixturevalue("neo4j_server").environment() if request.param == "neo4j" else {}
    above = tmp_path_factory.mktemp("flow")
    done = command(environment, above, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    yield Flow(above / "provgraph-demo", done.stdout, done.stderr, environment)
    if (above / "provgraph-demo" / ".provgraph").exists():
        command(environment, above / "provgraph-demo", "delete", "--force")


@pytest.fixture
def inside(project: Path, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """Work in the demo's folder; its configuration says which server it uses, the environment only the password."""
    for name, value in flow.environment.items():
        if name != "PROVGRAPH_URL":
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(flow.folder)
    return flow


def transform(name: str) -> Any:
    """Give the transform of this name."""
    return pg.Transform.filter(name=name).one()


def keys(lineage: Lineage, uids: Iterable[str]) -> set[str | None]:
    """Give the keys of artifacts of a lineage."""
    return {facts.key for uid in uids if isinstance(facts := lineage.nodes[uid], ArtifactFacts)}


def outputs(folder: Path, notebook: str) -> list[Any]:
    """Give the outputs of a notebook's code cells."""
    cells = json.loads((folder / notebook).read_text())["cells"]
    return [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]


def test_seven_runs_are_recorded_and_all_completed() -> None:
    """Each of the seven steps is one completed run."""
    assert pg.Run.filter().count() == 7
    assert pg.Run.filter(status="completed").count() == 7


def test_ten_data_artifacts_are_recorded() -> None:
    """The default query gives the ten files of the project; environments, reports and sources stay hidden."""
    assert sorted(str(key) for key in pg.Artifact.filter().list("key")) == sorted([
        "None", "schmidt22-crispra-gws-IFNG.csv", "schmidt22_perturbseq.h5ad", UMAP, MATRIXPLOT,
        "fastq/perturbseq_R1_001.fastq.gz", "fastq/perturbseq_R2_001.fastq.gz",
        *(key for key in pg.Artifact.filter(key__contains="filtered_feature_bc_matrix/").list("key")),
    ])  # fmt: skip
    assert pg.Artifact.filter().count() == 10
    assert pg.Artifact.filter(kind="environment").count() >= 1


@pytest.mark.parametrize(("name", "wanted"), review.PREDECESSORS.items(), ids=lambda value: str(value)[:20])
def test_transforms_follow_each_other_as_the_project_went(name: str, wanted: list[str]) -> None:
    """2 follows 1, 4 follows 3, 5 follows 4, 6 follows 2 and 5, 7 follows 6; and nothing else does."""
    assert sorted(each.name for each in transform(name).predecessors) == sorted(wanted)


def test_successors_are_the_other_side_of_predecessors() -> None:
    """What follows a transform is what names it as predecessor."""
    assert transform(review.HITS).successors.list("name") == [review.INTEGRATED]
    assert transform(review.REVIEW).successors.count() == 0


def test_lineage_of_the_matrix_plot_is_the_whole_project() -> None:
    """It has seven runs, ten artifacts, 19 edges, and the other figure as sibling."""
    lineage = pg.Artifact.get(key=MATRIXPLOT).lineage()
    assert (len(lineage.runs), len(lineage.artifacts), len(lineage.edges)) == (7, 10, 19)
    assert keys(lineage, lineage.siblings) == {UMAP}


def test_upstream_lineage_leaves_out_who_read_it() -> None:
    """Upwards the matrix plot has six runs: the review only read it."""
    assert len(pg.Artifact.get(key=MATRIXPLOT).lineage("upstream").runs) == 6


def test_impact_of_the_reads_reaches_the_figures() -> None:
    """Downwards the reads lead to the matrix plot, over four runs, and not to the screen's hits."""
    reads = pg.Artifact.get(key="fastq/perturbseq_R1_001.fastq.gz").lineage("downstream", siblings=False)
    reached = keys(reads, reads.artifact_uids)
    assert {MATRIXPLOT, UMAP, "schmidt22_perturbseq.h5ad"} < reached
    assert "schmidt22-crispra-gws-IFNG.csv" not in reached
    assert len(reads.runs) == 4


def test_matrix_plot_is_found_by_a_part_of_its_key_and_is_a_picture() -> None:
    """`Artifact.get(key__contains=...).cache()` gives the path of a PNG file."""
    path = pg.Artifact.get(key__contains="figures/matrixplot").cache()
    assert path.read_bytes()[:8] == PNG


def test_predecessors_of_the_review_show_the_integrated_analysis() -> None:
    """Searching for the review and asking for what it follows gives one row: the integrated analysis."""
    found = pg.Transform.search("Project flow").first()
    assert found is not None
    frame = found.predecessors.df()
    assert frame["name"].tolist() == [review.INTEGRATED]


def test_artifacts_of_the_screen_analysis_are_the_hits() -> None:
    """Searching for the notebook by its heading and filtering by it gives the hits."""
    found = pg.Transform.search("GWS CRIPSRa analysis").first()
    frame = pg.Artifact.filter(transform=found).df()
    assert frame["description"].tolist() == ["hits from schmidt22 crispra GWS"]


def test_first_artifact_is_the_upload_of_the_first_user() -> None:
    """The first artifact knows its transform and its user."""
    first: Any = pg.Artifact.filter().first()
    assert first.description == "Raw data of schmidt22 crispra GWS"
    assert (first.transform.name, first.transform.type) == (review.SCREEN, "upload")
    assert first.created_by.handle == "testuser1"


def test_notebooks_of_a_user_are_found_by_lookup() -> None:
    """`User.lookup().testuser1` is the user, who wrote one notebook; the other user wrote two."""
    users = pg.User.lookup()
    mine = pg.Transform.filter(created_by=users.testuser1, type="notebook").df()
    assert mine["name"].tolist() == [review.REVIEW]
    others = pg.Transform.filter(created_by=users.testuser2, type="notebook").list("name")
    assert others == [review.HITS, review.INTEGRATED]


def test_pipeline_keeps_its_version_and_reference() -> None:
    """Cell Ranger is one pipeline in version 7.2.0 with the address of its documentation."""
    found = pg.Transform.filter(name="Cell Ranger", type="pipeline").one()
    assert found.version == "7.2.0"
    assert found.reference == "https://www.10xgenomics.com/support/software/cell-ranger/7.2"


def test_keys_of_transforms_are_short_paths() -> None:
    """Scripts and notebooks are known by their file names in the project's folder."""
    keys = [key for key in pg.Transform.filter().list("key") if key]
    assert keys == [step.file for step in STEPS if step.file not in {"upload_app.py", "cellranger.py"}]


def test_hits_are_the_genes_below_the_rate_and_are_measured_in_the_cells() -> None:
    """The hits keep the rate of 0.01, and enough of them are genes of the cells for the score to mean something."""
    hits = pg.Artifact.get(description="hits from schmidt22 crispra GWS").load()
    screen = pg.Artifact.get(key="schmidt22-crispra-gws-IFNG.csv").load()
    assert len(screen) == 18_000
    assert sorted(hits.index) == sorted(screen.loc[screen["pos|fdr"] < 0.01, "id"])
    cells = pg.Artifact.get(description="perturbseq counts").load()
    assert cells.shape == (700, 765)
    assert 20 < len(set(hits.index) & set(cells.var_names)) < 40


def test_counts_are_whole_numbers_of_the_real_cells() -> None:
    """Cell Ranger's matrix holds positive whole counts, and the normalised cells come from it."""
    cells = pg.Artifact.get(description="perturbseq counts").load()
    assert cells.layers["counts"].dtype.kind == "i"
    assert cells.layers["counts"].data.min() == 1
    assert cells.obs["cluster_name"].nunique() == 10


def test_reads_are_valid_fastq() -> None:
    """Both files hold 2,000 reads of four lines, the first with barcodes of the real cells."""
    paths = [artifact.cache() for artifact in pg.Artifact.filter(key__startswith="fastq/")]
    lines = [gzip.decompress(path.read_bytes()).decode().splitlines() for path in paths]
    assert [len(each) for each in lines] == [8_000, 8_000]
    assert [(each[0][0], each[2], len(each[1]) == len(each[3])) for each in lines] == [("@", "+", True)] * 2
    barcodes = {name[:14] for name in pg.Artifact.get(description="perturbseq counts").load().obs_names}
    assert {line[:14] for line in lines[0][1::4]} <= barcodes


def test_everything_is_shown_by_view() -> None:
    """`pg.view()` prints recent artifacts, runs, storages, transforms and users as text outside of notebooks."""
    script = "import provgraph as pg; pg.view(limit=1_000)"  # other tests make users and storages of this database, too
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    for word in ("Artifact", "Run", "Storage", "Transform", "User", "testuser2", "Cell Ranger", "/mydata"):
        assert word in printed


def test_lineage_can_be_asked_in_cypher() -> None:
    """A query across all steps finds which figures go back to the reads."""
    rows = pg.cypher(
        "MATCH (reads:Artifact {key: $reads})-[:OUTPUT_OF]->(:Run)<-[:PREDECESSOR*1..]-(:Run)"
        "<-[:OUTPUT_OF]-(f:Artifact) WHERE f.key STARTS WITH 'figures/' AND reads.space = $space"
        " RETURN DISTINCT f.key AS figure ORDER BY figure",
        space=current.existing().space,
        reads="fastq/perturbseq_R1_001.fastq.gz",
    )
    assert [row["figure"] for row in rows] == [MATRIXPLOT, UMAP]


def test_demo_prints_each_step_the_tree_and_where_to_look(flow: Flow) -> None:
    """A line names each step with who took it, then come the tree and the commands to go on with."""
    for number, step in enumerate(STEPS, 1):
        assert any(
            all(word in line for word in (f"{number}/7", step.user, step.file)) for line in flow.printed.splitlines()
        )
    for word in ("made by", "Cell Ranger", "lineage.html", "provgraph view", "provgraph lineage", "provgraph cypher"):
        assert word in flow.printed
    assert flow.complained == ""


def test_demo_writes_the_lineage_page(flow: Flow) -> None:
    """The page is there, and names the first and the last file of the project."""
    page = (flow.folder / "lineage.html").read_text()
    assert "schmidt22-crispra-gws-IFNG.csv" in page
    assert "matrixplot_fig2" in page


@pytest.mark.parametrize("notebook", [step.file for step in STEPS if step.file.endswith(".ipynb")])
def test_notebooks_keep_their_outputs_without_errors_or_warnings(flow: Flow, notebook: str) -> None:
    """The copies in the demo's folder hold what their cells gave, and nobody complained."""
    found = outputs(flow.folder, notebook)
    assert len(found) >= 4
    assert not [each for each in found if each["output_type"] == "error" or each.get("name") == "stderr"]


def test_review_shows_the_figure_and_the_graph_in_the_notebook(flow: Flow) -> None:
    """The review displays a PNG and several tables."""
    kinds = [kind for output in outputs(flow.folder, "project-flow.ipynb") for kind in output.get("data", {})]
    assert "image/png" in kinds
    assert kinds.count("text/html") >= 5


def test_instance_is_deleted_with_its_records(inside: Flow) -> None:
    """Deleting removes the records and what provgraph wrote; the project's own files stay."""
    space = current.existing().space
    pg.delete(force=True)
    assert not (inside.folder / ".provgraph").exists()
    assert (inside.folder / "mydata" / "schmidt22_perturbseq.h5ad").is_file()
    assert (inside.folder / MATRIXPLOT).is_file()
    pg.init(name=space, url=inside.environment.get("PROVGRAPH_URL"))
    assert pg.Run.filter().count() == 0
