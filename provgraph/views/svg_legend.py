"""The legend of an SVG picture, in rows below it: the signs and marks that are in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.views import labels
from provgraph.views import legend as words
from provgraph.views.drawing import ARTIFACT, CURRENT, DELETED, EDGE, FADED, RUN, TARGET
from provgraph.views.folding import Folding
from provgraph.views.svg_signs import DASHES, LETTER, MUTED, xml

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from provgraph.views.svg_signs import Place

ROW: Final = 20
GAP: Final = 22
SIGN: Final = 28
"""Pixels of a sign and the space after it."""
BOX: Final = '<rect y="-6" width="20" height="12" rx="3"'
DOT: Final = '<circle cx="10" r="6"'
LINE: Final = f'<path d="M0 0H20" stroke="{EDGE}" stroke-width="1.5"'


def legend(lineage: Lineage, corner: Place, width: int) -> tuple[str, int]:
    """Give the legend from a corner on, in rows of a width, and its height; nothing needs none."""
    folding = Folding(lineage)
    items = [(SIGNS[sign], said) for sign, said in words.signs(folding).items()]
    items += [("", f"[{mark}] {said}") for mark, said in words.marks(folding).items()]
    drawn, x, y = [], 0.0, 0
    for sign, said in items:
        across = _across(sign, said)
        x, y = (0.0, y + ROW) if x and x + across > width else (x, y)
        drawn.append(_item(sign, said, (corner[0] + x, corner[1] + y)))
        x += across + GAP
    return f'<g class="legend" fill="{MUTED}">{"".join(drawn)}</g>', y + ROW if items else 0


def _item(sign: str, said: str, place: tuple[float, float]) -> str:
    at = f' x="{SIGN}"' if sign else ""
    return f'<g transform="translate({place[0]:g} {place[1]:g})">{sign}<text{at} y="4">{xml(said)}</text></g>'


def _across(sign: str, said: str) -> float:
    return (SIGN if sign else 0) + labels.columns(said) * LETTER


def _painted(colors: dict[str, str]) -> str:
    return f'fill="{colors["background"]}" stroke="{colors["border"]}" stroke-width="1.5"'


SIGNS: Final = {
    "run": f"{BOX} {_painted(RUN)}/>",
    "artifact": f"{DOT} {_painted(ARTIFACT)}/>",
    "target": f'{DOT} fill="#fff" stroke="{TARGET}" stroke-width="3"/>',
    "current": f"{BOX} {_painted(CURRENT)}/>",
    "sibling": f'{DOT} {_painted(ARTIFACT)} opacity="{FADED}"/>',
    "deleted": f"{DOT} {_painted(DELETED)}{DASHES}/>",
    "edge": f"{LINE}/>",
    "edge again": f"{LINE}{DASHES}/>",
}
"""How each of the legend's signs looks, 20 pixels wide, its middle on the line."""
