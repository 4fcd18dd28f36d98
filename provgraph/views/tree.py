"""The lineage as a tree of text: the record at the root, what it was made from below, each node written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Final

from provgraph.ancestry import RunFacts
from provgraph.views import labels, naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.text import Text
    from rich.tree import Tree

    from provgraph.ancestry import Lineage

NESTING: Final = 8
"""How deep branches nest before the rest goes on in a branch of its own, so that lines stay readable."""

STYLES: Final = {"target": "bold", "current_run": "bold green", "sibling": "dim"}
UPSTREAM: Final = {"run": "made by ", "artifact": "from "}
DOWNSTREAM: Final = {"run": "read by ", "artifact": "made "}

BESIDE: Final = "Made beside: other files of these runs, from which nothing above was made"

Neighbours = Callable[[str], "Sequence[str]"]


@dataclass(frozen=True)
class Step:
    """A node that is to be written below a branch, and how deep that is."""

    branch: Tree
    uid: str
    nesting: int


class Writer:
    """Write the nodes of a lineage into branches, each once."""

    def __init__(self, lineage: Lineage) -> None:
        """Begin with nothing written."""
        self.lineage = lineage
        self.names = naming.names(lineage)
        self.written: set[str] = set()

    def root(self, uid: str) -> Tree:
        """Begin a tree at a node."""
        from rich.tree import Tree

        self.written.add(uid)
        return Tree(self.label(uid))

    def label(self, uid: str, word: str = "") -> Text:
        """Give a node's line, plain text whatever its name holds."""
        from rich.text import Text

        facts = self.lineage.nodes[uid]
        roles = self.lineage.roles_of(uid)
        mark = "  ← current run" if "current_run" in roles else ""
        style = next((STYLES[role] for role in roles), "cyan" if isinstance(facts, RunFacts) else "")
        line = labels.line(facts, 40, self.names[uid], naming.marks(self.lineage, uid))
        return Text.assemble((word, "dim"), (line, style), (mark, "green"))

    def walk(self, start: Tree, uids: Iterable[str], neighbours: Neighbours, words: dict[str, str]) -> None:
        """Write nodes and all that lies behind them; what would nest too deep goes on in branches of its own."""
        steps = [Step(start, uid, 1) for uid in uids]
        while steps:
            put_off = self._walk_nested(steps[::-1], neighbours, words)
            branches = [(start.add(self.label(uid, "… ")), uid) for uid in put_off]
            steps = [Step(branch, following, 2) for branch, uid in branches for following in neighbours(uid)]

    def _walk_nested(self, stack: list[Step], neighbours: Neighbours, words: dict[str, str]) -> list[str]:
        """Write depth first, and give the nodes whose neighbours would nest too deep."""
        put_off = []
        while stack:
            step = stack.pop()
            branch = step.branch.add(self._line(step.uid, words))
            following = [] if step.uid in self.written else neighbours(step.uid)
            self.written.add(step.uid)
            if following and step.nesting >= NESTING:
                put_off.append(step.uid)
                branch.add(self._note("↓ goes on below"))
            else:
                stack += [Step(branch, uid, step.nesting + 1) for uid in reversed(following)]
        return put_off

    def _line(self, uid: str, words: dict[str, str]) -> Text:
        line = self.label(uid, words[labels.kind(self.lineage.nodes[uid])])
        return line + self._note("  ↑ shown above") if uid in self.written else line

    def _note(self, text: str) -> Text:
        from rich.text import Text

        return Text(text, "dim italic")


def lineage_tree(lineage: Lineage) -> Tree:
    """Give the lineage as a `rich` tree: each target with what it was made from, what was made from it, and the rest.

    Every node is written once; where it is met again, the line says that it is shown above. Names are plain text:
    markup and control characters in them do nothing.
    """
    from rich.text import Text
    from rich.tree import Tree

    def walked_results(uid: str) -> list[str]:
        return [each for each in lineage.results_of(uid) if each not in lineage.siblings]

    writer = Writer(lineage)
    targets = [uid for uid in lineage.order if uid in lineage.targets]
    title = labels.counted(len(targets) or len(lineage), "record")
    tree = writer.root(targets[0]) if len(targets) == 1 else Tree(Text(f"Lineage of {title}"))
    places = {uid: tree if len(targets) == 1 else tree.add(writer.root(uid).label) for uid in targets}
    for uid, place in places.items():
        writer.walk(place, lineage.sources_of(uid), lineage.sources_of, UPSTREAM)
    for uid, place in places.items():
        writer.walk(place, walked_results(uid), walked_results, DOWNSTREAM)
    _write_rest(writer, tree)
    return tree


def text(lineage: Lineage, width: int = 100, *, color: bool = False) -> str:
    """Give the tree as text of lines up to `width` characters, with a terminal's colours if asked.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> from provgraph.ancestry import ArtifactFacts, RunFacts
    >>> runs = [RunFacts.placeholder("r1")._replace(transform_name="hit-identification", status="completed")]
    >>> raw = ArtifactFacts.placeholder("a1")._replace(key="schmidt22.csv", deleted=False)
    >>> hits = ArtifactFacts.placeholder("a2")._replace(key="hits.parquet", deleted=False)
    >>> rows = Rows([raw, hits], runs, [Output("a2", "r1", 1, 2)], [Input("a1", "r1", 1, 1)])
    >>> print(text(build(rows, "a2")))
    hits.parquet
    └── made by hit-identification
        └── from schmidt22.csv
    """
    from rich.console import Console

    out = StringIO()
    console = Console(
        force_jupyter=False,
        file=out,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
    )
    console.print(lineage_tree(lineage))
    return "\n".join(each.rstrip() for each in out.getvalue().rstrip().splitlines())


def plain(lineage: Lineage) -> str:
    """Give the tree as text whose lines are as long as they are: what a page shows, quicker than for a terminal.

    >>> from provgraph.ancestry import Rows, build
    >>> plain(build(Rows(), "Ci4XwC2Vd3KQ0000"))
    'deleted artifact Ci4XwC2V · [deleted]'
    """
    lines = []
    stack = [(lineage_tree(lineage), "", "")]
    while stack:
        branch, lead, indent = stack.pop()
        lines.append(f"{lead}{branch.label}")
        ends = [("└── ", "    "), *[("├── ", "│   ")] * (len(branch.children) - 1)]
        for child, (tip, line) in zip(reversed(branch.children), ends, strict=False):
            stack.append((child, indent + tip, indent + line))
    return "\n".join(lines)


def _write_rest(writer: Writer, tree: Tree) -> None:
    """Write the siblings below the runs that made them, then whatever no branch has reached."""
    from rich.text import Text

    lineage = writer.lineage
    rest = [uid for uid in lineage.order if uid not in writer.written]
    for heading, uids in (
        (BESIDE, [uid for uid in rest if uid in lineage.siblings]),
        ("Also in this lineage", [uid for uid in rest if uid not in lineage.siblings]),
    ):
        branch = tree.add(Text(heading, "dim")) if uids else tree
        for uid in uids:
            made_by = ", ".join(labels.short(writer.names[each]) for each in lineage.sources_of(uid))
            branch.add(writer.label(uid) + Text(f"  made by {made_by}" if made_by else "", "dim"))
