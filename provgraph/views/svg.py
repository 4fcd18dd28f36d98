"""The lineage as an SVG picture (https://www.w3.org/TR/SVG2/), for documents; no graphviz and no browser makes it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from provgraph.views import labels, layout, looks

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from provgraph.views.looks import EdgeLooks, NodeLooks

Place = tuple[int, int]

MARGIN: Final = 70
LINE: Final = 13
"""Pixels from one line of a label to the next."""
LETTER: Final = 6.0
"""Pixels of a letter, a little more than most have."""
RADIUS: Final = 10
NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (https://www.w3.org/TR/xml/#charsets)."""
HEAD: Final = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#94a3b8"/></marker></defs>'
    "<style>text{font:11px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#0f172a;text-anchor:middle}"
    "path.edge{fill:none;stroke:#94a3b8;stroke-width:1.4;marker-end:url(#arrow)}.again{stroke-dasharray:4 4}"
    ".beside{opacity:.45}.below{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}</style>"
)


def svg(lineage: Lineage) -> str:
    """Give the lineage as SVG: runs are boxes, files are dots, data flows from left to right; facts are titles.

    It loads nothing, runs nothing, and is valid XML whatever the data holds.

    >>> from provgraph.ancestry import Rows, build
    >>> svg(build(Rows(), "Ci4XwC2Vd3KQ0000")).startswith("<svg xmlns=")
    True
    """
    nodes, places = list(looks.nodes(lineage)), layout.positions(lineage)
    by_number: dict[int, tuple[NodeLooks, Place]] = {node.number: (node, places[node.uid]) for node in nodes}
    xs, ys = ([place[axis] for place in places.values()] or [0] for axis in (0, 1))
    left, top = min(xs) - MARGIN - 20, min(ys) - MARGIN
    width, height = max(xs) - left + MARGIN + 20, max(ys) - top + MARGIN
    parts = [
        *(_edge(each, *by_number[each.source], *by_number[each.target]) for each in looks.edges(lineage)),
        *(_node(node, *places[node.uid]) for node in nodes),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" width="{width}" '
        f'height="{height}" role="img"><title>{_text(f"Lineage of {len(lineage)} records")}</title>{HEAD}'
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _node(node: NodeLooks, x: int, y: int) -> str:
    dashes = ' stroke-dasharray="4 4"' if node.is_deleted else ""
    stroke = f'fill="{node.background}" stroke="{node.border}" stroke-width="{3.5 if node.is_target else 1.5}"{dashes}'
    if node.is_artifact:
        shape, first = f'<circle cx="{x}" cy="{y}" r="{RADIUS}" {stroke}/>', float(y + RADIUS + LINE)
    else:
        across, high = _size(node)
        box = f'x="{x - across / 2:g}" y="{y - high / 2:g}" width="{across:g}" height="{high:g}" rx="5"'
        shape, first = f"<rect {box} {stroke}/>", y - high / 2 + LINE + 2
    lines = "".join(
        f'<tspan x="{x}" y="{first + number * LINE:g}">{_text(line)}</tspan>' for number, line in enumerate(node.lines)
    )
    faded = ' class="beside"' if node.is_beside else ""
    below = ' class="below"' if node.is_artifact else ""
    return f"<g{faded}><title>{_text(node.facts)}</title>{shape}<text{below}>{lines}</text></g>"


def _edge(edge: EdgeLooks, source: NodeLooks, start: Place, target: NodeLooks, end: Place) -> str:
    x, y = start[0] + _reach(source), start[1]
    to_x, to_y = end[0] - _reach(target), end[1]
    bend = max(abs(to_x - x) * 0.45, 20)
    marks = " ".join(["edge", *(["again"] if edge.is_again else []), *(["beside"] if edge.is_beside else [])])
    curve = f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    return f'<path class="{marks}" d="{curve}"/>'


def _size(node: NodeLooks) -> tuple[float, float]:
    """Give the width and height of a run's box."""
    return max(map(labels.columns, node.lines)) * LETTER + 16, len(node.lines) * LINE + 10


def _reach(node: NodeLooks) -> float:
    """Give how far a node's edge is from its middle."""
    return RADIUS + 2 if node.is_artifact else _size(node)[0] / 2


def _text(text: str) -> str:
    return html.escape(NO_XML.sub("\ufffd", text))
