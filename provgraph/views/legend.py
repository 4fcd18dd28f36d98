"""What the signs of a picture mean: only those that are in it are explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.ancestry import RunFacts
from provgraph.views import naming

if TYPE_CHECKING:
    from provgraph.views.folding import Folding

SIGNS: Final = {
    "run": "run of a transform",
    "artifact": "file",
    "target": "asked for",
    "current": "current run",
    "sibling": "made beside: by the same run, but nothing asked for was made from it",
    "deleted": "deleted",
    "group": "several records folded: click to expand",
    "edge": "read or made",
    "edge again": "made again, same content",
}
MARKS: Final = {
    "failed": "the run ended with an error",
    "abandoned": "the run stopped without a word",
    "uncommitted": "the code was not committed in git",
    "newer input": "the run read a file of which there is a newer version now",
}


def items(folding: Folding) -> list[str]:
    """Give the lines of a legend as HTML.

    >>> from provgraph.ancestry import Rows, build
    >>> from provgraph.views.folding import fold
    >>> len(items(fold(build(Rows(), "Ci4XwC2Vd3KQ0000"))))
    3
    """
    shown = [f'<li><i class="{sign}"></i>{words}</li>' for sign, words in signs(folding).items()]
    return shown + [f"<li><b>[{mark}]</b> {words}</li>" for mark, words in marks(folding).items()]


def signs(folding: Folding) -> dict[str, str]:
    """Give the signs that are in a picture, and what they mean."""
    lineage = folding.lineage
    kinds = {"run" if isinstance(facts, RunFacts) else "artifact" for facts in lineage.nodes.values()}
    holds = {
        "target": bool(lineage.targets),
        "current": lineage.current_run in lineage.nodes,
        "sibling": bool(lineage.siblings),
        "deleted": any(facts.deleted for facts in lineage.nodes.values()),
        "group": bool(folding.groups),
        "edge": bool(lineage.edges),
        "edge again": any(each.kind == "output" and not each.is_creator for each in lineage.edges),
    }
    found = kinds | {sign for sign, is_there in holds.items() if is_there}
    return {sign: words for sign, words in SIGNS.items() if sign in found}


def marks(folding: Folding) -> dict[str, str]:
    """Give the marks that are in a picture's labels, and what they mean."""
    found = {mark for uid in folding.lineage.nodes for mark in naming.marks(folding.lineage, uid)}
    return {mark: words for mark, words in MARKS.items() if mark in found}
