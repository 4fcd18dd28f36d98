"""The lineage in DOT, the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.views import drawing, looks

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from provgraph.views.looks import EdgeLooks, NodeLooks


def dot(lineage: Lineage) -> str:
    r"""Give the lineage as a digraph: runs are boxes, files are round, data flows from left to right.

    Every text is quoted, so that nothing in a name is more than a name; hover texts hold the facts. Draw it with
    Graphviz: `dot -Tpdf lineage.dot -o lineage.pdf`.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> print(dot(build(rows, "table")).splitlines()[-2])
      n1 -> n2;
    """
    lines = [
        "rankdir=LR;",
        f'node [fontname="Helvetica,Arial,sans-serif", fontsize=10, fontcolor="{drawing.INK}", style=filled];',
        f'edge [color="{drawing.EDGE}", arrowsize=0.7];',
        *map(_node, looks.nodes(lineage)),
        *map(_edge, looks.edges(lineage)),
    ]
    return "\n".join(["digraph lineage {", *(f"  {line}" for line in lines), "}"]) + "\n"


def _node(node: NodeLooks) -> str:
    style = ["filled", *(["rounded"] if not node.is_artifact else []), *(["dashed"] if node.is_deleted else [])]
    return f"n{node.number} " + _attributes(
        label="\n".join(node.lines),
        tooltip=node.facts.replace("\\", "\\\\"),  # which Graphviz reads twice
        shape="ellipse" if node.is_artifact else "box",
        style=",".join(style),
        fillcolor=f"{node.background}66" if node.is_beside else node.background,
        color=node.border,
        penwidth="3" if node.is_target else "1.2",
    )


def _edge(edge: EdgeLooks) -> str:
    looks = {"style": "dashed"} if edge.is_again else {}
    looks |= {"color": f"{drawing.EDGE}66"} if edge.is_beside else {}
    return f"n{edge.source} -> n{edge.target}" + (f" {_attributes(**looks)}" if looks else ";")


def _attributes(**values: Any) -> str:
    return f"[{', '.join(f'{name}={_quoted(str(value))}' for name, value in values.items())}];"


def _quoted(text: str) -> str:
    r"""Quote a text (https://graphviz.org/docs/attr-types/escString/).

    A backslash begins an escape (`\N`, `\G`) and an ampersand an entity of HTML (`&lt;`): both are written so that they
    stand for themselves, before line ends are written.

    >>> print(_quoted('a"b\\N &lt;'))
    "a\"b\\N &amp;lt;"
    """
    return '"' + text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
