"""Build the exact lineage of artifacts or runs from the rows of a closure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from provgraph.ancestry.exact import downstream, upstream
from provgraph.ancestry.graph import Edge, Lineage
from provgraph.ancestry.rows import ArtifactFacts, RunFacts
from provgraph.errors import InvalidValueError
from provgraph.words import is_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from provgraph.ancestry.rows import Facts, Input, Output, Rows

DIRECTIONS: Final = {"upstream": (upstream,), "downstream": (downstream,), "both": (upstream, downstream)}

DEEPEST: Final = 1_000_000
"""The largest depth: more than any lineage has, and a number that both engines read."""


def build(  # noqa: PLR0913 - each is a choice of its own
    rows: Rows,
    targets: str | Sequence[str],
    *,
    direction: str = "both",
    siblings: bool = True,
    depth: int | None = None,
    until: Collection[str] = (),
    current_run: str | None = None,
) -> Lineage:
    """Give the lineage of the artifacts or runs with these uids.

    `rows` may hold more than belongs to the lineage; the rules of `provgraph.ancestry.exact` choose. `depth` is how
    many runs away it reaches, `until` holds the uids of artifacts, runs or transforms beyond which it does not go;
    `siblings` adds the other outputs of its runs, `current_run` is the uid of the run that is on. Of several runs that
    made one artifact, the first in the graph is marked as its creator. A uid without facts becomes a node that is
    marked as deleted. Nothing is written.

    Raises `InvalidValueError` for another direction, and for a depth that is no number, negative or above DEEPEST.

    >>> from provgraph.ancestry import Input, Output, Rows
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> build(rows, "table").order
    ['raw', 'clean', 'table']
    """
    check(direction, depth)
    asked = [targets] if isinstance(targets, str) else list(targets)
    rows = rows.only_data()
    ends = {*until, *(each.uid for each in rows.runs if each.transform_uid in until)}
    walks = [walk(rows, asked, depth, ends) for walk in DIRECTIONS[direction]]
    return _lineage(
        rows,
        asked,
        {each for walk in walks for each in walk.inputs},
        {each for walk in walks for each in walk.outputs},
        siblings=siblings,
        current_run=current_run,
    )


def between(rows: Rows, source: str, target: str, *, current_run: str | None = None) -> Lineage:
    """Give all that lies on any way from one artifact or run to another that was made from it.

    >>> from provgraph.ancestry import Input, Output, Rows
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> between(rows, "raw", "table").order, len(between(rows, "table", "raw"))
    (['raw', 'clean', 'table'], 0)
    """
    rows = rows.only_data()
    above, below = upstream(rows, [target]), downstream(rows, [source])
    inputs, outputs = above.inputs & below.inputs, above.outputs & below.outputs
    asked = [source, target] if inputs or outputs else []
    return _lineage(rows, asked, inputs, outputs, siblings=False, current_run=current_run)


def among(rows: Rows, uids: Iterable[str], follows: Iterable[tuple[str, str]] = ()) -> Lineage:
    """Give these artifacts and runs with all edges between them, whatever their order.

    For each pair of runs of which the first follows the second it also gives the artifacts that the one had made before
    the other read them.

    >>> from provgraph.ancestry import Input, Output, Rows
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> len(among(rows, ["raw", "clean"]).edges)
    1
    >>> rows = rows._replace(inputs=[Input("table", "plot", saw=2, step=1)])
    >>> among(rows, [], [("plot", "clean")]).order
    ['clean', 'table', 'plot']
    """
    pairs = set(follows)
    shown = [*uids, *(run for pair in pairs for run in pair), *_between(rows, pairs)]
    whole = _lineage(rows, shown, set(rows.inputs), set(rows.outputs), siblings=False, current_run=None)
    return replace(whole.only(shown), targets=frozenset())


def _between(rows: Rows, pairs: Collection[tuple[str, str]]) -> Iterator[str]:
    """Give the artifacts for which the first run of a pair follows the second."""
    before = {one for _, one in pairs}
    made: dict[str, list[Output]] = defaultdict(list)
    for each in rows.outputs:
        if each.run in before:
            made[each.artifact].append(each)
    for read in rows.inputs:
        if any((read.run, each.run) in pairs and each.seq < read.saw for each in made.get(read.artifact, ())):
            yield read.artifact


def _lineage(  # noqa: PLR0913 - what a lineage is made of
    rows: Rows,
    asked: Sequence[str],
    inputs: set[Input],
    outputs: set[Output],
    *,
    siblings: bool,
    current_run: str | None,
) -> Lineage:
    walked = {*asked} | _artifacts(inputs) | _artifacts(outputs)
    runs = _runs(inputs) | _runs(outputs) | (_known_runs(rows) & set(asked))
    beside = {each for each in rows.outputs if siblings and each.run in runs and each.artifact not in walked}
    shown = walked | runs | _artifacts(beside)
    return Lineage(
        _facts(shown, runs, rows),
        frozenset(_edges(inputs, outputs | beside, rows)),
        frozenset(asked),
        frozenset(_artifacts(beside)),
        current_run,
    )


def check(direction: str, depth: int | None) -> None:
    """Raise `InvalidValueError` for another direction, and for a depth that is no number, negative or above DEEPEST."""
    if direction not in DIRECTIONS:
        raise InvalidValueError(f"there is no direction '{direction}'", f"Use one of {', '.join(DIRECTIONS)}.")
    if depth is not None and not is_count(depth):
        raise InvalidValueError(f"the depth {depth!r} is not a number from 0 up", "Give 0 or more, or None for all.")
    if depth is not None and depth > DEEPEST:
        raise InvalidValueError(f"the depth {depth} is more than {DEEPEST:,}", "Give None: it has no end.")


def _known_runs(rows: Rows) -> set[str]:
    return {each.uid for each in rows.runs} | _runs(rows.inputs) | _runs(rows.outputs)


def _artifacts(edges: Iterable[Input | Output]) -> set[str]:
    return {each.artifact for each in edges}


def _runs(edges: Iterable[Input | Output]) -> set[str]:
    return {each.run for each in edges}


def _edges(inputs: Iterable[Input], outputs: Iterable[Output], rows: Rows) -> Iterable[Edge]:
    first = dict(rows.firsts)
    for made in rows.outputs:
        first[made.artifact] = min(made.seq, first.get(made.artifact, made.seq))
    for read in inputs:
        yield Edge(read.artifact, read.run, "input", False, read.saw, read.step)  # noqa: FBT003 - by place, as names cost a third
    for made in outputs:
        yield Edge(made.run, made.artifact, "output", made.seq == first[made.artifact], made.seq, made.step)


def _facts(uids: Collection[str], runs: Collection[str], rows: Rows) -> dict[str, Facts]:
    known: dict[str, Facts] = {each.uid: each for each in rows.artifacts if each.uid in uids}
    known |= {each.uid: each for each in rows.runs if each.uid in uids}
    for uid in uids:
        if uid not in known:
            known[uid] = (RunFacts if uid in runs else ArtifactFacts).placeholder(uid)
    return dict(sorted(known.items(), key=lambda each: (each[1].at_us, each[0])))
