"""The forms a lineage can be written in, as methods that a lineage and its picture share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage


class Forms:
    """What can be written of a lineage besides its page and its tree; each is text, and none of them asks the graph.

    No form raises an error, whatever the data holds: all text in it is escaped by the form's own rules. Labels and
    colours are those of the page; nothing is folded.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> from provgraph.views import Picture
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> picture = Picture(build(rows, "table"))
    >>> print(picture.to_mermaid().splitlines()[0], picture.to_dot().splitlines()[0], picture.to_svg()[:4])
    flowchart LR digraph lineage { <svg
    """

    def to_mermaid(self) -> str:
        """Give it as a flowchart of Mermaid, for Markdown and wikis (https://mermaid.js.org/syntax/flowchart.html).

        Pages draw up to 500 edges and 50,000 characters unless they allow Mermaid more.
        """
        from provgraph.views.mermaid import mermaid

        return mermaid(self._drawn()[0])

    def to_dot(self) -> str:
        """Give it in DOT, the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""
        from provgraph.views.dot import dot

        return dot(self._drawn()[0])

    def to_svg(self) -> str:
        """Give it as an SVG picture with a title and a legend (https://www.w3.org/TR/SVG2/); needs no graphviz."""
        from provgraph.views.svg import svg

        return svg(*self._drawn())

    def to_json(self) -> str:
        """Give it as JSON with all facts, as `networkx.node_link_graph(json.loads(text), edges="edges")` reads it.

        `provgraph.views.serial` says what each node and edge holds.
        """
        from provgraph.views.serial import serial

        return serial(self._drawn()[0])

    def _drawn(self) -> tuple[Lineage, str | None]:
        """Give the lineage, and its title when it has one."""
        raise NotImplementedError
