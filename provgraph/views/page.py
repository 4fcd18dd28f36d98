"""The lineage as one HTML file: drawn by pyvis' vis-network, opens offline, runs nothing from the data.

pyvis holds the nodes, edges and options and ships the vis-network library. Its own template loads scripts and styles
from other hosts and turns titles with links into HTML, so the page around them is ours: `page.html`, `page.css`,
`page.js` (the picture) and `controls.js` (the panel, search, keys and buttons) beside this module; the two scripts are
joined. The data stands in the page as JSON that is only parsed, and the page's content policy
(https://www.w3.org/TR/CSP3/) lets two scripts run, by their hash, and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.ancestry import RunFacts
from provgraph.views import bundles, drawing, labels, legend, naming, tables, tree
from provgraph.views.folding import CAP, fold
from provgraph.words import counted

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from provgraph.views.folding import Folding

ESCAPES: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&'\u2028\u2029"}
EVERYTHING: Final = 20_000
"""How many characters of one fact the table of all records shows."""


def page(lineage: Lineage, title: str | None = None, *, cap: int | None = CAP) -> str:
    """Give the whole page as HTML: the picture, a legend, counts, and the same as text and as a table.

    `title` is plain text; without one the page names what was asked for. Runs are boxes, artifacts are dots; data flows
    from left to right; hovering shows a record's facts, a click opens all of them beside the picture. Of more than
    `cap` records some stand folded as one node (see `provgraph.views.folding`) until a person expands them; None folds
    nothing. The page holds everything, loads nothing and needs no network.

    >>> from provgraph.ancestry import Rows, build
    >>> "1 artifact" in page(build(Rows(), "Ci4XwC2Vd3KQ0000"))
    True
    """
    folding = fold(lineage, cap)
    library, program = _library(), _program()
    return Template(_own("page.html")).substitute(
        policy=_policy(library, program),
        title=html.escape(labels.clean(title or title_of(lineage))),
        style=_own("page.css"),
        count=count_of(lineage),
        folded=html.escape(bundles.sentence(folding)),
        legend="\n".join(legend.items(folding)),
        text=html.escape(tree.plain(lineage)),
        table=tables.repr_html("All records", _records(lineage), width=EVERYTHING, style=""),
        data=as_json(_data(folding)),
        library=library,
        program=program,
    )


def iframe(content: str, height: int = 560) -> str:
    """Put a page into a frame for notebooks, `height` pixels high: alone in a sandbox, it reaches nothing around it.

    The page is inside of the frame's own tag, so it survives nbconvert and opening the notebook again.

    >>> frame = iframe('<p title="a">')
    >>> 'sandbox="allow-scripts"' in frame, 'srcdoc="&lt;p title=&quot;a&quot;&gt;"' in frame
    (True, True)
    """
    style = f"width:100%;height:{height:d}px;border:0"
    return f'<iframe title="Lineage" sandbox="allow-scripts" style="{style}" srcdoc="{html.escape(content)}"></iframe>'


def title_of(lineage: Lineage) -> str:
    """Name what a lineage was asked for."""
    names = naming.names(lineage)
    named = [labels.short(names[uid], 60) for uid in lineage.order if uid in lineage.targets]
    return f"Lineage of {named[0] if len(named) == 1 else counted(len(named) or len(lineage), 'record')}"


def count_of(lineage: Lineage) -> str:
    """Count runs, artifacts and edges.

    >>> from provgraph.ancestry import Rows, build
    >>> count_of(build(Rows(), "Ci4XwC2Vd3KQ0000"))
    '0 runs, 1 artifact, 0 edges'
    """
    runs = sum(isinstance(facts, RunFacts) for facts in lineage.nodes.values())
    counts = {"run": runs, "artifact": len(lineage) - runs, "edge": len(lineage.edges)}
    return ", ".join(counted(count, noun) for noun, count in counts.items())


def as_json(data: Any) -> str:
    r"""Write data as JSON that can stand in a script element: nothing in it can end the element or begin another.

    >>> as_json(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    return json.dumps(data, separators=(",", ":")).translate(ESCAPES)


def _data(folding: Folding) -> dict[str, Any]:
    """Give all that the picture is made of; groups and their members refer to each other by number."""
    numbers: dict[str, int | str] = {uid: number for number, uid in enumerate(folding.lineage.order)}
    numbers |= {group.id: group.id for group in folding.groups}
    places, sizes = bundles.places(folding)
    network = drawing.network(folding.lineage, places)
    nodes, edges, *_ = network.get_network_data()
    for drawn, edge in zip(edges, folding.lineage.sorted_edges, strict=True):
        drawn["at"] = [edge.at_artifact, edge.at_run]
    for group in folding.groups:
        for uid in group.uids:
            nodes[numbers[uid]]["within"] = group.id
    return {
        "nodes": nodes,
        "edges": edges,
        "groups": [
            {"x": places[group.id][0], "y": places[group.id][1], **sizes[group.id], **bundles.node(folding, group)}
            for group in folding.groups
        ],
        "bridges": [[numbers[source], numbers[target]] for source, target in folding.bridges()],
        "options": network.options,
        "dark": drawing.DARK,
        "queries": {kind: statements.load(f"views/{kind}").text for kind in ("artifact", "run")},
    }


def _records(lineage: Lineage) -> list[dict[str, str]]:
    return [{"record": labels.kind(facts), **labels.facts_of(facts, EVERYTHING)} for facts in lineage]


def _policy(*scripts: str) -> str:
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _own(name: str) -> str:
    return resources.files("provgraph.views").joinpath(name).read_text(encoding="utf-8").strip()


@cache
def _program() -> str:
    """Give our own scripts as one."""
    return "\n".join(_own(name) for name in ("page.js", "controls.js"))


@cache
def _library() -> str:
    """Give vis-network as pyvis ships it."""
    import pyvis

    found = sorted(Path(pyvis.__file__).parent.glob("templates/lib/vis-*/vis-network.min.js"))
    return found[-1].read_text(encoding="utf-8").replace("\r\n", "\n")
