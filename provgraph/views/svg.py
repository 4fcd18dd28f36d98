"""The lineage as an SVG picture (https://www.w3.org/TR/SVG2/), for documents; no graphviz and no browser makes it.

Looks are attributes and no style sheet: inside of a page the picture changes nothing around it, and programs that know
little of CSS draw it as browsers do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.views import labels, layout, looks, svg_legend, svg_signs
from provgraph.views.drawing import EDGE, FACE, INK
from provgraph.views.page import count_of, title_of
from provgraph.views.svg_signs import MUTED, xml

if TYPE_CHECKING:
    from collections.abc import Collection

    from provgraph.ancestry import Lineage
    from provgraph.views.svg_signs import Place

MARGIN: Final = 100
"""Pixels from the middle of an outermost node to the left and right edge."""
ABOVE: Final = 100
"""The same upwards: the title, the counts and half a node."""
BELOW: Final = 90
NARROWEST: Final = 660
PADDING: Final = 20
LETTER: Final = 8.5
"""Pixels of a letter of the title."""
ARROW: Final = (
    '<defs><marker id="provgraph-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    f'orient="auto"><path d="M0 0 8 4 0 8z" fill="{EDGE}"/></marker></defs>'
)


def svg(lineage: Lineage, title: str | None = None) -> str:
    """Give the lineage as SVG with its title, counts and a legend; data flows from left to right.

    Runs are boxes, files are dots, coloured as on the page; hovering shows a record's facts. `title` is plain text;
    without one the picture names what was asked for. It loads nothing, runs nothing, folds nothing, and is valid XML
    whatever the data holds.

    >>> from provgraph.ancestry import Rows, build
    >>> svg(build(Rows(), "Ci4XwC2Vd3KQ0000")).startswith("<svg xmlns=")
    True
    """
    places = layout.positions(lineage)
    left, top, width, height = _frame(places.values())
    legend, deep = svg_legend.legend(lineage, (left + PADDING, top + height), width - 2 * PADDING)
    named = labels.short(title or title_of(lineage), int((width - 2 * PADDING) / LETTER))
    box = f'width="{width}" height="{height + deep}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height + deep}" {box} role="img" '
        f'font-family="{FACE}" font-size="11" fill="{INK}"><title>{xml(named)}</title>{ARROW}'
        f'<rect x="{left}" y="{top}" {box} fill="#fff"/>{_header(named, count_of(lineage), (left, top))}'
        f"{_drawn(lineage, places)}{legend}</svg>\n"
    )


def _drawn(lineage: Lineage, places: dict[str, Place]) -> str:
    """Draw the edges, and the nodes above them."""
    nodes = list(looks.nodes(lineage))
    edges = (
        svg_signs.edge(
            each,
            (nodes[each.source], places[nodes[each.source].uid]),
            (nodes[each.target], places[nodes[each.target].uid]),
        )
        for each in looks.edges(lineage)
    )
    return (
        f'<g fill="none" stroke="{EDGE}" stroke-width="1.4">{"".join(edges)}</g>'
        f'<g text-anchor="middle">{"".join(svg_signs.node(node, places[node.uid]) for node in nodes)}</g>'
    )


def _header(title: str, count: str, corner: Place) -> str:
    x, y = corner[0] + PADDING, corner[1] + 28
    return (
        f'<text x="{x}" y="{y}" font-size="15" font-weight="600">{xml(title)}</text>'
        f'<text x="{x}" y="{y + 18}" fill="{MUTED}">{xml(count)}</text>'
    )


def _frame(places: Collection[Place]) -> tuple[int, int, int, int]:
    """Give left, top, width and height around all nodes; a narrow picture stands in the middle."""
    xs, ys = [x for x, _ in places] or [0], [y for _, y in places] or [0]
    width, height = max(xs) - min(xs) + 2 * MARGIN, max(ys) - min(ys) + ABOVE + BELOW
    missing = max(NARROWEST - width, 0)
    return min(xs) - MARGIN - missing // 2, min(ys) - ABOVE, width + missing, height
