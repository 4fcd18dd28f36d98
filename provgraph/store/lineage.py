"""Fetch what the lineage of records needs, in three statements at most, and build it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph import ancestry, statements
from provgraph.ancestry import ArtifactFacts, Input, Lineage, Output, Rows, RunFacts, between, build, chain, check
from provgraph.errors import EngineError, InvalidValueError, NotFoundError, NotSavedError
from provgraph.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from provgraph.engines.contract import Engine, Row
    from provgraph.models import Node

DIRECTIONS: Final = {"upstream": (True, False), "downstream": (False, True), "both": (True, True)}
STARTS: Final = {"Artifact": "artifacts", "Run": "runs", "Transform": "transforms", "Collection": "collections"}


def lineage(
    engine: Engine,
    records: Sequence[Node],
    direction: str = "both",
    *,
    depth: int | None = None,
    **options: Any,
) -> Lineage:
    """Give the exact lineage of artifacts, runs, the runs of transforms, and the members of collections.

    `options` are those of `provgraph.ancestry.build`. Raises `InvalidValueError` for another direction, depth or
    record, `NotSavedError` for a record that is not saved, `NotFoundError` when it is gone, `EngineError` for an edge
    without order.
    """
    check(direction, depth)
    with uncollected():
        rows, targets = _fetched(engine, records, DIRECTIONS[direction], depth)
        return build(rows, targets, direction=direction, depth=depth, **options)


def connection(engine: Engine, source: Node, target: Node, **options: Any) -> tuple[list[str], Lineage]:
    """Give one of the shortest ways from an artifact or run to what was made from it, and all that lies on any way.

    Raises what `lineage` raises.
    """
    for each in (source, target):
        if each.label not in {"Artifact", "Run"}:
            raise InvalidValueError(f"no way leads to a {each.label}", "Give artifacts or runs.")
    _check(source)
    rows, _ = _fetched(engine, [target], DIRECTIONS["upstream"], None)
    return chain(rows.only_data(), source.uid, target.uid), between(rows, source.uid, target.uid, **options)


def among(engine: Engine, labels: Mapping[str, str], follows: Collection[tuple[str, str]]) -> Lineage:
    """Give runs and artifacts, by uid and label, with the edges between them, in two statements at most.

    For each pair of runs of which the first follows the second it also gives the artifacts by which it does.
    """
    rows = _rows(engine, {uid for uid, label in labels.items() if label == "Run"}, set(labels))
    return ancestry.among(rows, labels, follows)


def _check(record: Node) -> None:
    if record.label not in STARTS:
        raise InvalidValueError(f"a {record.label} has no lineage", f"Ask one of {', '.join(STARTS)}.")
    if not record.is_saved:
        raise NotSavedError(f"{record.label} '{record.title()}' is not saved", "Save it first.")


def _fetched(
    engine: Engine, records: Sequence[Node], directions: tuple[bool, bool], depth: int | None
) -> tuple[Rows, list[str]]:
    """Give the rows of the closure, and the uids of the artifacts and runs that were asked for."""
    for each in records:
        _check(each)
    starts = {plural: [each.uid for each in records if each.label == label] for label, plural in STARTS.items()}
    asked = {**starts, "upstream": directions[0], "downstream": directions[1]}
    nothing = frozenset(name for name, value in asked.items() if not value)
    statement = statements.bounded("lineage/closure", depth, nothing)
    closures = engine.read(statement, **asked) if records else []
    own = {uid for _, uids, _ in closures for uid in uids}
    targets = sorted({*starts["artifacts"], *starts["runs"], *own})
    runs = {uid for uids, *_ in closures for uid in uids} | set(starts["runs"])
    rows = _rows(engine, runs, set(targets))
    _check_there(records, {uid for *_, uids in closures for uid in uids}, rows)
    _check_ordered(rows)
    return rows, targets


def _rows(engine: Engine, runs: set[str], targets: set[str]) -> Rows:
    found: list[Row] = engine.read(statements.load("lineage/runs"), uids=sorted(runs))[0][0] if runs else []
    inputs = [Input(uid, run[0], saw, step) for run in found for uid, saw, step in run[-2]]
    outputs = [Output(uid, run[0], seq, step) for run in found for uid, seq, step in run[-1]]
    wanted = {each[0] for each in inputs} | {each[0] for each in outputs} | (targets - {run[0] for run in found})
    asked = {"uids": sorted(wanted), "made": _made_again(outputs)}
    parts = engine.read(statements.load("lineage/artifacts"), **asked) if wanted else []
    return Rows(
        artifacts=[ArtifactFacts(*_with_handle(row, 9)) for artifacts, _ in parts for row in artifacts],
        runs=[RunFacts(*_with_handle(run[:-2], 5)) for run in found],
        outputs=outputs,
        inputs=inputs,
        firsts={uid: seq for _, firsts in parts for uid, seq in firsts},
    )


def _made_again(outputs: list[Output]) -> list[str]:
    """Give the artifacts whose first output may not be among these: it has the number 1, unless it was read before."""
    later = {each.artifact for each in outputs if each.seq != 1}
    return sorted(later - {each.artifact for each in outputs if each.seq == 1}) if later else []


def _check_ordered(rows: Rows) -> None:
    """Raise `EngineError` for an edge without the numbers that order it: no write of ours leaves one."""
    edges: list[Input | Output] = [*rows.inputs, *rows.outputs]
    for each in edges:
        if None in each:
            edge = "INPUT_OF" if isinstance(each, Input) else "OUTPUT_OF"
            raise EngineError(
                f"the {edge} of artifact {each.artifact} and run {each.run} does not say when it happened",
                "Another program changed it: see `provgraph check`, and mend its numbers or delete it.",
            )


def _check_there(records: Sequence[Node], there: set[str], rows: Rows) -> None:
    known = there | {each.uid for each in rows.artifacts} | {each.uid for each in rows.runs}
    for each in records:
        if each.uid not in known:
            raise NotFoundError(
                f"{each.label} {each.uid} is not in this graph",
                "Another process removed it, or it belongs to another instance: pg.info() says which one this is.",
            )


def _with_handle(row: Row, place: int) -> list[Any]:
    """Put the one handle in the place of the list of handles."""
    return [*row[:place], next(iter(row[place]), None), *row[place + 1 :]]
