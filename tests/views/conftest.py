"""A made-up project as seven runs, ten files and nineteen edges, and texts that try to break a page."""

from __future__ import annotations

from typing import Any

import pytest

from provgraph.ancestry import ArtifactFacts, Input, Lineage, Output, Rows, RunFacts, build

DAY = 86_400_000_000
START = 1_734_707_373_000_000
FIGURE = "figure1Matrix0000000"
REVIEW = "run7Review0000000000"

RUNS = {
    "run1Upload0000000000": ("GWS upload", "app", "upload", "testuser1"),
    "run2Hits000000000000": ("GWS CRISPRa analysis", "hit-identification.ipynb", "notebook", "testuser2"),
    "run3Chromium00000000": ("Chromium 10x upload", "chromium_10x_upload.py", "script", "testuser1"),
    "run4CellRanger000000": ("Cell Ranger", "cellranger.py", "pipeline", "testuser2"),
    "run5Postprocess00000": ("Postprocess Cell Ranger", "postprocess_cellranger.py", "script", "testuser2"),
    "run6Integrated000000": ("Perform integrated analysis", "integrated-analysis.ipynb", "notebook", "testuser2"),
    REVIEW: ("Project flow", "project-flow.ipynb", "notebook", "testuser1"),
}
FILES = {
    "file1Csv000000000000": ("schmidt22-crispra-gws-IFNG.csv", "Raw data of schmidt22 crispra GWS", 1_729_031),
    "file2Hits00000000000": (None, "hits from schmidt22 crispra GWS", 18_368),
    "file3FastqR100000000": ("fastq/perturbseq_R1_001.fastq.gz", None, 6_182_000_000),
    "file4FastqR200000000": ("fastq/perturbseq_R2_001.fastq.gz", None, 6_530_000_000),
    "file5Barcodes0000000": ("perturbseq/filtered_feature_bc_matrix/barcodes.tsv.gz", None, 6_201),
    "file6Features0000000": ("perturbseq/filtered_feature_bc_matrix/features.tsv.gz", None, 304_728),
    "file7Matrix000000000": ("perturbseq/filtered_feature_bc_matrix/matrix.mtx.gz", None, 48_213_001),
    "file8Counts000000000": ("schmidt22_perturbseq.h5ad", "perturbseq counts", 20_659_936),
    "figure0Umap000000000": ("figures/umap_fig1_score-wgs-hits.png", None, 102_391),
    FIGURE: ("figures/matrixplot_fig2_score-wgs-hits-per-cluster.png", None, 28_814),
}
READS_AND_SAVES = {
    "run1Upload0000000000": ([], ["file1Csv000000000000"]),
    "run2Hits000000000000": (["file1Csv000000000000"], ["file2Hits00000000000"]),
    "run3Chromium00000000": ([], ["file3FastqR100000000", "file4FastqR200000000"]),
    "run4CellRanger000000": (
        ["file3FastqR100000000", "file4FastqR200000000"],
        ["file5Barcodes0000000", "file6Features0000000", "file7Matrix000000000"],
    ),
    "run5Postprocess00000": (
        ["file5Barcodes0000000", "file6Features0000000", "file7Matrix000000000"],
        ["file8Counts000000000"],
    ),
    "run6Integrated000000": (
        ["file8Counts000000000", "file2Hits00000000000"],
        ["figure0Umap000000000", FIGURE],
    ),
    REVIEW: ([FIGURE], []),
}

HOSTILE = [
    "<script>alert('canary')</script>",
    "</script><script>alert('canary')</script>",
    '"><img src=x onerror=alert(1)>',
    "<!-- <script>",
    "]]>--><a href='https://evil.example/x'>href</a>",
    "line\u2028separator\u2029end",
    "${title} $data \\u003c {{7*7}} {% raw %}",
    "[bold red]markup[/bold red] [link=https://evil.example]x[/link]",
    "&lt;b&gt;",
    "\x1b[31mred\x1b[0m\x00\r\nnext",
    "nice\u202egnp.exe",
    "\ud800 lone surrogate",
    "\u05e9\u05dc\u05d5\u05dd \u0639\u0631\u0628\u064a.csv",
    "\U0001f9ec\U0001f468\u200d\U0001f52c.h5ad",
    "x" * 10_000,
    "<b>" * 3_000,
]


def run_facts(uid: str, name: str, **more: Any) -> RunFacts:
    """Give a finished run of a transform with this name."""
    empty = RunFacts.placeholder(uid)
    known: dict[str, Any] = {
        "status": "completed",
        "started_us": START,
        "finished_us": START + 95_000_000,
        "git_dirty": False,
        "deleted": False,
    }
    return empty._replace(transform_name=name, **{**known, **more})


def file_facts(uid: str, key: str | None, **more: Any) -> ArtifactFacts:
    """Give a file with this key."""
    return ArtifactFacts.placeholder(uid)._replace(key=key, **({"deleted": False, "is_latest": True} | more))


@pytest.fixture
def project_rows() -> Rows:
    """Give the rows of the project, one run a day."""
    rows = Rows([], [], [], [])
    runs, files, outputs, inputs = [], [], [], []
    makers: dict[str, tuple[str, int]] = {}
    for day, (run, (reads, saves)) in enumerate(READS_AND_SAVES.items()):
        name, key, kind, user = RUNS[run]
        start = START + day * DAY
        times: dict[str, Any] = {"started_us": start, "finished_us": start + 95_000_000}
        runs.append(run_facts(run, name, transform_key=key, transform_type=kind, created_by=user, **times))
        inputs += [Input(file, run, 2, step + 1) for step, file in enumerate(reads)]
        outputs += [Output(file, run, 1, len(reads) + step + 1) for step, file in enumerate(saves)]
        makers |= dict.fromkeys(saves, (user, start + 60_000_000))
    for file, (path, description, size) in FILES.items():
        user, made = makers[file]
        more: dict[str, Any] = {
            "description": description,
            "size": size,
            "created_by": user,
            "created_us": made,
            "hash": f"b3{file}",
        }
        files.append(file_facts(file, path, version="1", space="schmidt22", **more))
    return rows._replace(artifacts=files, runs=runs, outputs=outputs, inputs=inputs)


@pytest.fixture
def project(project_rows: Rows) -> Lineage:
    """Give the lineage of the matrix plot, seen from the review of the project."""
    return build(project_rows, FIGURE, current_run=REVIEW)


@pytest.fixture
def hostile() -> Lineage:
    """Give a lineage of which every text is hostile."""
    runs, files, outputs, inputs = [], [], [], []
    for number, text in enumerate(HOSTILE):
        run, file = f"run{number}{text[:20]}", f"file{number}{text[:20]}"
        runs.append(RunFacts(run, text, text, START, START, text, text, text, text, text, text, text, git_dirty=True))
        files.append(ArtifactFacts(file, text, text, text, 1, text, text, True, START, text, text, False, "data"))
        outputs.append(Output(file, run, 1, 2))
        inputs.append(Input(files[number - 1].uid, run, 2, 1) if number else Input("raw", run, 1, 1))
    return build(Rows(files, runs, outputs, inputs), [each.uid for each in files], current_run=runs[0].uid)
