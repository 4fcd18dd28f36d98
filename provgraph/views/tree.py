"""The lineage as a tree of text: the record at the root, what it was made from below, each node written once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Final

from provgraph.ancestry import RunFacts
from provgraph.views import labels, naming
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.text import Text
    from rich.tree import Tree

    from provgraph.ancestry import Edge, Lineage

NESTING: Final = 8
"""How deep branches nest before the rest goes on in a branch of its own, so that lines stay readable."""

STYLES: Final = {"target": "bold", "current_run": "bold green", "sibling": "dim"}
UPSTREAM: Final = {"run": "made by ", "artifact": "from "}
DOWNSTREAM: Final = {"run": "read by ", "artifact": "made "}

BESIDE: Final = "Made beside: other files of these runs, from which nothing above was made"


class Side:
    """One direction of a lineage: the edges at each node, and which follow each other in the order of what happened.

    The rules are those of `provgraph.ancestry.exact`: a run made a file from what it had read before, and it read what
    had been made before.
    """

    def __init__(self, lineage: Lineage, *, up: bool, leave_out: Collection[str] = ()) -> None:
        """Sort the edges by the node they are met at; what they lead to is not among `leave_out`."""
        self.lineage = lineage
        self.up = up
        self.words = UPSTREAM if up else DOWNSTREAM
        self._at: dict[str, list[Edge]] = defaultdict(list)
        self._waiting: dict[str, list[Edge]] = {}
        self._numbers = {edge: number for number, edge in enumerate(lineage.sorted_edges)}
        for edge in lineage.sorted_edges:
            if self.end(edge) not in leave_out:
                self._at[self._start(edge)].append(edge)

    def end(self, edge: Edge) -> str:
        """Give the node that an edge leads to in this direction."""
        return edge.source if self.up else edge.target

    def at(self, uid: str) -> list[Edge]:
        """Give all edges that lead on from a node."""
        return self._at.get(uid, [])

    def onward(self, edge: Edge) -> list[Edge]:
        """Give the edges that lead on from where an edge has led and that no other has let through before.

        A run is no way back to itself.
        """
        uid = self.end(edge)
        is_run = isinstance(self.lineage.nodes[uid], RunFacts)
        if uid not in self._waiting:
            self._waiting[uid] = sorted(self.at(uid), key=lambda each: -self._place(each, is_run=is_run))
        waiting, here = self._waiting[uid], self._place(edge, is_run=is_run)
        passed: list[Edge] = []
        while waiting and self._place(waiting[-1], is_run=is_run) < here:
            passed.append(waiting.pop())
        back = [each for each in passed if not is_run and self.end(each) == self._start(edge)]
        waiting += reversed(back)
        return sorted(set(passed).difference(back), key=self._numbers.__getitem__)

    def _start(self, edge: Edge) -> str:
        return edge.target if self.up else edge.source

    def _place(self, edge: Edge, *, is_run: bool) -> int:
        place = edge.at_run if is_run else edge.at_artifact
        return place if self.up else -place


@dataclass(frozen=True)
class Step:
    """An edge whose end is to be written below a branch, and how deep that is."""

    branch: Tree
    edge: Edge
    nesting: int


class Writer:
    """Write the nodes of a lineage into branches, each once."""

    def __init__(self, lineage: Lineage) -> None:
        """Begin with nothing written."""
        self.lineage = lineage
        self.names = naming.names(lineage)
        self.written: set[str] = set()
        self._walked: set[Edge] = set()

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

    def walk(self, start: Tree, uid: str, side: Side) -> None:
        """Write all that lies behind a node; what would nest too deep goes on in branches of its own."""
        steps = [Step(start, edge, 1) for edge in side.at(uid)]
        while steps:
            put_off = self._walk_nested(steps[::-1], side)
            steps = []
            for end, onward in put_off:
                branch = start.add(self.label(end, "… "))
                steps += [Step(branch, edge, 2) for edge in onward]

    def _walk_nested(self, stack: list[Step], side: Side) -> list[tuple[str, list[Edge]]]:
        """Write depth first, and give the nodes, with the edges that lead on, that would nest too deep."""
        put_off = []
        while stack:
            step = stack.pop()
            uid = side.end(step.edge)
            branch = step.branch.add(self._line(uid, side.words))
            self.written.add(uid)
            onward = [edge for edge in side.onward(step.edge) if edge not in self._walked]
            self._walked.update(onward)
            if onward and step.nesting >= NESTING:
                put_off.append((uid, onward))
                branch.add(self._note("↓ goes on below"))
            else:
                stack += [Step(branch, edge, step.nesting + 1) for edge in reversed(onward)]
        return put_off

    def _line(self, uid: str, words: dict[str, str]) -> Text:
        line = self.label(uid, words[labels.kind(self.lineage.nodes[uid])])
        return line + self._note("  ↑ shown above") if uid in self.written else line

    def _note(self, text: str) -> Text:
        from rich.text import Text

        return Text(text, "dim italic")


def lineage_tree(lineage: Lineage) -> Tree:
    """Give the lineage as a `rich` tree: each target with what it was made from, what was made from it, and the rest.

    Without a target it begins at what it begins with or at what it ends with, whichever are fewer. Every node is
    written once; where it is met again, the line says that it is shown above, with what is not shown there below it.
    Names are plain text: markup and control characters in them do nothing.
    """
    writer = Writer(lineage)
    targets = [uid for uid in lineage.order if uid in lineage.targets]
    if not targets:
        return _forest_of(writer)
    tree = writer.root(targets[0]) if len(targets) == 1 else _heading(targets)
    places = {uid: tree if len(targets) == 1 else tree.add(writer.root(uid).label) for uid in targets}
    for side in (Side(lineage, up=True), Side(lineage, up=False, leave_out=lineage.siblings)):
        for uid, place in places.items():
            writer.walk(place, uid, side)
    _write_rest(writer, tree)
    return tree


def text(lineage: Lineage, width: int = 100, *, color: bool = False) -> str:
    """Give the tree as text of lines up to `width` characters, with a terminal's colours if asked.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> from provgraph.ancestry import ArtifactFacts, RunFacts
    >>> runs = [RunFacts.placeholder("r1")._replace(transform_name="hit-identification", deleted=False)]
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
    beside = [uid for uid in lineage.order if uid in lineage.siblings and uid not in writer.written]
    branch = tree.add(Text(BESIDE, "dim")) if beside else tree
    for uid in beside:
        made_by = ", ".join(labels.short(writer.names[each]) for each in lineage.sources_of(uid))
        branch.add(writer.label(uid) + Text(f"  made by {made_by}" if made_by else "", "dim"))
        writer.written.add(uid)
    if len(writer.written) < len(lineage):
        _write_forest(writer, tree.add(Text("Also in this lineage", "dim")))


def _forest_of(writer: Writer) -> Tree:
    """Give a lineage without a target as trees below a heading; a single tree stands alone."""
    tree = _heading(writer.lineage.order)
    _write_forest(writer, tree)
    return tree.children[0] if len(tree.children) == 1 else tree


def _write_forest(writer: Writer, tree: Tree) -> None:
    """Write all that is not written, as trees from the first or the last of it: in the direction with fewer trees.

    What lies on a cycle has no beginning: there the earliest of it begins a tree.
    """
    lineage = writer.lineage
    rest = {uid: None for uid in lineage.order if uid not in writer.written}
    firsts = [uid for uid in rest if rest.keys().isdisjoint(lineage.sources_of(uid))]
    lasts = [uid for uid in rest if rest.keys().isdisjoint(lineage.results_of(uid))]
    up = len(lasts) < len(firsts)
    side = Side(lineage, up=up)
    for uid in (*(lasts if up else firsts), *rest):
        if uid not in writer.written:
            writer.walk(tree.add(writer.root(uid).label), uid, side)


def _heading(uids: Sequence[str]) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    return Tree(Text(f"Lineage of {counted(len(uids), 'record')}"))
