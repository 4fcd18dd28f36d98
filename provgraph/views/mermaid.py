"""The lineage as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), for Markdown and wikis."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provgraph.views import drawing, looks

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from provgraph.views.looks import EdgeLooks, NodeLooks

MEANT: Final = re.compile(r"[^\w ./·-]|(?<=direction) ", re.IGNORECASE)
"""What is written as an entity: all but letters, digits and a few signs that mean nothing in Mermaid.

A line that holds "direction LR" is a statement to Mermaid, even inside of quotes.
"""
OWN: Final = "\ufb02"
"""The ligature with which Mermaid begins entities while it reads; a name has its two letters instead."""

WHOLE_LINES: Final = '%%{init: {"flowchart": {"wrappingWidth": 400}}}%%'
"""Lines are as long as ours: Mermaid would break names and dates once more, at each dash."""


def mermaid(lineage: Lineage) -> str:
    """Give the lineage as Mermaid's text: runs are boxes, files are round, data flows from left to right.

    Whatever is in a name is text: every sign that Mermaid or HTML could read is written as an entity. Mermaid itself
    draws no more than 500 edges and 50,000 characters unless the page around it allows more (`maxEdges`, `maxTextSize`
    of https://mermaid.js.org/config/setup/mermaid/interfaces/MermaidConfig.html): of a larger lineage give it a part.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> print(mermaid(build(rows, "table")).splitlines()[-1])
      n1 --> n2
    """
    nodes = list(looks.nodes(lineage))
    lines = [*map(_node, nodes), *_styles(nodes), *map(_edge, looks.edges(lineage))]
    return "\n".join(["flowchart LR", *(f"  {line}" for line in [WHOLE_LINES, *lines])]) + "\n"


def _node(node: NodeLooks) -> str:
    text = "<br/>".join(map(_escaped, node.lines))
    opened, closed = ("([", "])") if node.is_artifact else ("[", "]")
    return f'n{node.number}{opened}"{text}"{closed}'


def _styles(nodes: list[NodeLooks]) -> list[str]:
    """Give each kind of looks as a class, and the nodes that have it."""
    kinds: dict[str, list[str]] = {}
    for node in nodes:
        width = "4px" if node.is_target else "1.5px"
        dashes = ",stroke-dasharray:4 4" if node.is_deleted else ""
        faded = ",opacity:0.5" if node.is_beside else ""
        style = f"fill:{node.background},stroke:{node.border},stroke-width:{width},color:{drawing.INK}{dashes}{faded}"
        kinds.setdefault(style, []).append(f"n{node.number}")
    return [
        line
        for number, (style, names) in enumerate(kinds.items())
        for line in (f"classDef look{number} {style}", f"class {','.join(names)} look{number}")
    ]


def _edge(edge: EdgeLooks) -> str:
    return f"n{edge.source} {'-.->' if edge.is_again else '-->'} n{edge.target}"


def _escaped(text: str) -> str:
    return MEANT.sub(lambda found: f"#{ord(found[0])};", text.replace(OWN, "fl"))
