"""The pictures and answers of docs/cypher.md: `python -m tests.docs.answers` writes them anew."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Final

from provgraph.models import EDGES

PAGE: Final = Path(__file__).parents[2] / "docs" / "cypher.md"
QUESTION: Final = re.compile(
    r"(?P<query>^```cypher\n(?P<text>.*?)^```\n)(\n```text\n.*?^```\n)?", re.MULTILINE | re.DOTALL
)
PICTURE: Final = re.compile(r"^```mermaid\n.*?^```\n", re.MULTILINE | re.DOTALL)


def answered(page: str) -> str:
    """Give the page with the picture of the schema, and after each query what the command prints for it."""
    from tests.support.commands import answer

    def with_answer(match: re.Match[str]) -> str:
        printed = answer("cypher", match["text"])
        lines = "\n".join(line.rstrip() for line in printed.splitlines())
        return f"{match['query']}\n```text\n{lines}\n```\n"

    return QUESTION.sub(with_answer, PICTURE.sub(f"```mermaid\n{schema()}\n```\n", page))


def schema() -> str:
    """Draw every label and edge as Mermaid does: https://mermaid.js.org/syntax/flowchart.html."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for edge, (starts, end) in EDGES.items():
        for start in starts:
            arrows.setdefault((start, start if end == "the same" else end), []).append(edge)
    lines = [f"  {start} -- {', '.join(edges)} --> {end}" for (start, end), edges in arrows.items()]
    return "\n".join(["graph LR", *lines])


def main() -> None:
    """Make the project in a temporary folder and write the page."""
    import provgraph as pg
    from tests.docs import project

    os.environ["PROVGRAPH_USER"] = "ada"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        pg.init()
        project.make()
        PAGE.write_text(answered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        pg.delete(force=True)
        os.chdir("/")


if __name__ == "__main__":
    main()
