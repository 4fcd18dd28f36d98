"""How quickly a page is made, and how large it is: one of 20, 1,000 and 5,000 records, folded and not.

No graph is needed: the lineage is made up, samples that are aligned, merged and analysed. The second number of a line
is the share of the time that folding takes.
Run: .venv/bin/python bench/page.py; with a folder as argument the pages stay there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from timing import milliseconds

from provgraph.ancestry import ArtifactFacts, Input, Lineage, Output, Rows, RunFacts, build
from provgraph.views.folding import CAP, fold
from provgraph.views.page import page

HOUR: Final = 3_600_000_000
START: Final = 1_734_707_373_000_000
STEPS: Final = {
    "merge counts": (["bam/sample_%03d.bam"], ["results/counts.parquet"]),
    "Cluster cells": (["results/counts.parquet", "reference/genes.gtf"], ["results/clusters.parquet"]),
    "Find markers": (["results/clusters.parquet"], ["results/markers.csv"]),
    "Differential expression": (["results/counts.parquet", "design/samples.csv"], ["results/expression.csv"]),
    "Draw figures": (
        ["results/markers.csv", "results/expression.csv"],
        ["figures/volcano.png", "figures/umap.png", "figures/heatmap.png"],
    ),
}


def run(uid: str, name: str, at: int, user: str, **more: Any) -> RunFacts:
    """Give a finished run."""
    known = {"status": "completed", "started_us": at, "finished_us": at + HOUR // 2, "git_dirty": False, "space": "lab"}
    known["deleted"] = False
    return RunFacts.placeholder(uid)._replace(transform_name=name, created_by=user, **{**known, **more})


def file(key: str, at: int, user: str, **more: Any) -> ArtifactFacts:
    """Give a file; its uid is its key."""
    known: dict[str, Any] = {"suffix": "".join(Path(key).suffixes), "size": 5_000_000, "version": "1", "space": "lab"}
    known |= {"created_by": user, "created_us": at, "hash": f"b3{key}", "deleted": False, "is_latest": True}
    return ArtifactFacts.placeholder(key)._replace(key=key, **{**known, **more})


def samples(count: int) -> Rows:
    """Give the rows of samples: each is aligned by a run of its own, which writes a log beside."""
    rows = Rows([], [], [], [])
    files, runs, outputs, inputs = [], [], [], []
    for number in range(count):
        at, user, uid = START + number * HOUR, ("ada", "grace")[number % 2], f"align{number:05}"
        keys = [f"fastq/sample_{number:03}.fastq.gz", f"bam/sample_{number:03}.bam", f"logs/sample_{number:03}.log"]
        files += [file(key, at, user) for key in keys]
        status = "errored" if number in {5, 70} else "completed"
        runs.append(run(uid, "align.py", at, user, transform_type="script", status=status))
        inputs.append(Input(keys[0], uid, 1, 1))
        outputs += [Output(key, uid, 1, 2) for key in keys[1:]]
    return rows._replace(artifacts=files, runs=runs, outputs=outputs, inputs=inputs)


def project(count: int) -> Lineage:
    """Give the lineage of a figure that was made from so many samples."""
    files, runs, outputs, inputs = (list(each) for each in samples(count))
    for place, (name, (reads, makes)) in enumerate(STEPS.items()):
        at = START + (count + place * 24) * HOUR
        runs.append(run(name, name, at, "ada", transform_type="notebook", git_dirty=name == "Find markers"))
        read = [each % number for each in reads for number in range(count)] if "%" in reads[0] else reads
        inputs += [Input(key, name, 2, 1) for key in read]
        outputs += [Output(key, name, 1, 2) for key in makes]
        files += [file(key, at, "ada") for key in makes]
    files += [file("reference/genes.gtf", START, "grace", is_latest=False), file("design/samples.csv", START, "ada")]
    return build(Rows(files, runs, outputs, inputs), "figures/volcano.png", current_run="Draw figures")


def main(kept: Path | None) -> None:
    """Measure and print."""
    for count, cap in ((1, CAP), (246, CAP), (246, None), (1_246, CAP)):
        lineage = project(count)
        size = len(page(lineage, cap=cap))
        _, whole = milliseconds(lambda lineage=lineage, cap=cap: page(lineage, cap=cap))  # type: ignore[misc]
        _, folding = milliseconds(lambda lineage=lineage, cap=cap: fold(lineage, cap))  # type: ignore[misc]
        words = f"{len(lineage):,} records, {'not folded' if cap is None else f'folded to {cap}'}"
        print(f"{words:<32} {whole:>8.1f} ms  {folding / whole:>5.0%} folding  {size / 1e6:.2f} MB")
        if kept is not None:
            (kept / f"page-{len(lineage)}-{cap}.html").write_text(page(lineage, cap=cap), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
