"""Check that the graph knows exactly what the demo did, and show the lineage of its last figure.

Run in the demo's folder, as `python -m provgraph.demo.review KEY WIDTH [--colour]`: prints the lineage as a tree
and writes `lineage.html`; exits with 1 and says what differs when the graph knows anything else than what was done.
"""

from __future__ import annotations

import sys
from typing import Final

import provgraph as pg
from provgraph.errors import ProvgraphError

PAGE: Final = "lineage.html"
SCREEN, HITS, READS = "Upload GWS CRISPRa result", "GWS CRIPSRa analysis", "chromium_10x_upload.py"
COUNTS, ANNOTATED = "Cell Ranger", "postprocess_cellranger.py"
INTEGRATED, REVIEW = "Perform single cell analysis, integrate with CRISPRa screen", "Project flow"
PREDECESSORS: Final = {
    SCREEN: [],
    HITS: [SCREEN],
    READS: [],
    COUNTS: [READS],
    ANNOTATED: [COUNTS],
    INTEGRATED: [HITS, ANNOTATED],
    REVIEW: [INTEGRATED],
}
"""For each transform of the demo by name those that it follows."""
NUMBERS: Final = {"runs": 7, "completed runs": 7, "artifacts": 10}
SHAPE: Final = {"runs": 7, "artifacts": 10, "edges": 19}
"""The lineage of the last figure: what led to it, who read it, and what was made beside it."""


def differences(key: str) -> list[str]:
    """Say in what the graph differs from what the demo did; nothing when it knows just that."""
    numbers = {
        "runs": pg.Run.filter().count(),
        "completed runs": pg.Run.filter(status="completed").count(),
        "artifacts": pg.Artifact.filter().count(),
    }
    known = {each.title(): sorted(each.predecessors.list("name")) for each in pg.Transform.filter()}
    wanted = {name: sorted(names) for name, names in PREDECESSORS.items()}
    found = [f"{name}: {numbers[name]} instead of {count}" for name, count in NUMBERS.items() if numbers[name] != count]
    found += [
        f"predecessors of '{name}': {known.get(name)} instead of {wanted.get(name)}"
        for name in sorted(known.keys() | wanted.keys())
        if known.get(name) != wanted.get(name)
    ]
    figure = pg.Artifact.filter(key=key).one_or_none()
    shape = _shape(figure) if figure is not None else None
    return found if shape == SHAPE else [*found, f"lineage of {key}: {shape} instead of {SHAPE}"]


def main(key: str, width: int, *, colour: bool) -> None:
    """Check, print the tree in lines of `width` characters, and write the page.

    Raises `ProvgraphError` when the graph knows anything else than what was done.
    """
    if found := differences(key):
        raise ProvgraphError(
            "the graph does not know what the demo did: " + "; ".join(found),
            "This is a defect of provgraph: please report it with this message.",
        )
    picture = pg.Artifact.get(key=key).view_lineage()
    picture.save(PAGE)
    print(picture.text(width, color=colour))


def _shape(figure: pg.Artifact) -> dict[str, int]:
    lineage = figure.lineage()
    return {"runs": len(lineage.runs), "artifacts": len(lineage.artifacts), "edges": len(lineage.edges)}


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), colour="--colour" in sys.argv)
    except ProvgraphError as error:
        sys.exit(f"Error: {error}")
