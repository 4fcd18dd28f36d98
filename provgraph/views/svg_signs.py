"""The signs of an SVG picture: a run's box, a file's dot, an arrow."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from provgraph.views import labels
from provgraph.views.drawing import FADED

if TYPE_CHECKING:
    from provgraph.views.looks import EdgeLooks, NodeLooks

Place = tuple[int, int]
Drawn = tuple["NodeLooks", Place]

LINE: Final = 13
"""Pixels from one line of a label to the next."""
LETTER: Final = 6.3
"""Pixels of a letter, a little more than most have."""
RADIUS: Final = 10
MUTED: Final = "#475569"
DASHES: Final = ' stroke-dasharray="4 3"'
NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (https://www.w3.org/TR/xml/#charsets)."""


def node(looks: NodeLooks, place: Place) -> str:
    """Draw a node with its label, and its facts as title."""
    drawn = _dot(looks, place) if looks.is_artifact else _box(looks, place)
    return f'<g class="node"{_faded(looks.is_beside)}><title>{xml(looks.facts)}</title>{drawn}</g>'


def edge(looks: EdgeLooks, source: Drawn, target: Drawn) -> str:
    """Draw an arrow from the right of one node to the left of another."""
    x, y = source[1][0] + _reach(source[0]), source[1][1]
    to_x, to_y = target[1][0] - _reach(target[0]), target[1][1]
    bend = max(abs(to_x - x) * 0.45, 20)
    curve = f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    dashes = DASHES if looks.is_again else ""
    return f'<path class="edge" d="{curve}" marker-end="url(#provgraph-arrow)"{dashes}{_faded(looks.is_beside)}/>'


def xml(text: str) -> str:
    r"""Write a text as XML.

    >>> xml("a<b\x00")
    'a&lt;b\ufffd'
    """
    return html.escape(NO_XML.sub("\ufffd", text))


def _dot(looks: NodeLooks, place: Place) -> str:
    """Draw a dot with its label below, on white so that arrows behind it do not cross the letters."""
    (x, y), (across, high) = place, _extent(looks.lines)
    top = y + RADIUS + 4
    ground = f'x="{x - across / 2:g}" y="{top}" width="{across:g}" height="{high}" fill="#fff" fill-opacity="0.85"'
    dot = f'<circle cx="{x}" cy="{y}" r="{RADIUS}" {_paint(looks)}/>'
    return f"<rect {ground}/>{dot}{_lines(looks.lines, x, top + LINE - 3)}"


def _box(looks: NodeLooks, place: Place) -> str:
    (x, y), (across, high) = place, _box_size(looks)
    box = f'x="{x - across / 2:g}" y="{y - high / 2:g}" width="{across:g}" height="{high:g}" rx="5"'
    return f"<rect {box} {_paint(looks)}/>{_lines(looks.lines, x, y - high / 2 + LINE + 2)}"


def _lines(lines: list[str], x: int, first: float) -> str:
    spans = (f'<tspan x="{x}" y="{first + count * LINE:g}">{xml(line)}</tspan>' for count, line in enumerate(lines))
    return f"<text>{''.join(spans)}</text>"


def _paint(looks: NodeLooks) -> str:
    dashes = DASHES if looks.is_deleted else ""
    width = 3.5 if looks.is_target else 1.5
    return f'fill="{looks.background}" stroke="{looks.border}" stroke-width="{width}"{dashes}'


def _extent(lines: list[str]) -> tuple[float, int]:
    """Give the width and height of lines."""
    return max(map(labels.columns, lines)) * LETTER, len(lines) * LINE


def _box_size(looks: NodeLooks) -> tuple[float, int]:
    """Give the width and height of a run's box."""
    across, high = _extent(looks.lines)
    return across + 16, high + 10


def _reach(looks: NodeLooks) -> float:
    """Give how far a node's edge is from its middle."""
    return RADIUS + 2 if looks.is_artifact else _box_size(looks)[0] / 2


def _faded(is_beside: bool) -> str:  # noqa: FBT001 - the only thing it says
    return f' opacity="{FADED}"' if is_beside else ""
