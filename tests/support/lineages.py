"""Lineages of a shape and size that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.ancestry import ArtifactFacts, Input, Output, Rows, RunFacts, build

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage


def run(uid: str, transform: str) -> RunFacts:
    return RunFacts.placeholder(uid)._replace(status="completed", transform_name=transform, deleted=False)


def file(uid: str, suffix: str = ".csv") -> ArtifactFacts:
    return ArtifactFacts.placeholder(uid)._replace(key=f"{uid}{suffix}", suffix=suffix, deleted=False)


def fan(count: int, *, failed: int = 0) -> Lineage:
    """Give the lineage of one table, merged from files that as many runs of one script made from as many files."""
    numbers = range(count)
    runs = [run(f"align{number}", "align.py") for number in numbers]
    runs = [each._replace(status="errored" if number < failed else "completed") for number, each in enumerate(runs)]
    files = [file(f"{kind}{number}", f".{kind}") for kind in ("fastq", "bam") for number in numbers]
    inputs = [Input(f"fastq{number}", f"align{number}", 1, 1) for number in numbers]
    inputs += [Input(f"bam{number}", "merge", 2, 1 + number) for number in numbers]
    outputs = [Output(f"bam{number}", f"align{number}", 1, 2) for number in numbers]
    outputs.append(Output("table", "merge", 1, count + 1))
    return build(Rows([*files, file("table")], [*runs, run("merge", "merge.py")], outputs, inputs), "table")


def chain(count: int, target: str) -> Lineage:
    """Give a lineage without branches, each run of another transform."""
    return build(
        Rows(
            [file(f"file{number}") for number in range(count + 1)],
            [run(f"run{number}", f"step {number}") for number in range(count)],
            [Output(f"file{number + 1}", f"run{number}", 1, 2) for number in range(count)],
            [Input(f"file{number}", f"run{number}", 2, 1) for number in range(count)],
        ),
        target,
    )


def runs_alone(names: list[str]) -> Lineage:
    """Give runs of transforms with these names, in their order, and nothing else."""
    runs = [run(f"run{number:02}", name) for number, name in enumerate(names)]
    return build(Rows(runs=runs), [each.uid for each in runs])
