"""Fetch what the lineage of a record needs, in at most three statements, and build it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.errors import InvalidValueError, NotFoundError, NotSavedError
from provgraph.lineage import ArtifactFacts, Input, Lineage, Output, Rows, RunFacts, build

if TYPE_CHECKING:
    from provgraph.engines.contract import Engine, Row
    from provgraph.models import Node

DIRECTIONS: Final = {"upstream": (True, False), "downstream": (False, True), "both": (True, True)}
STARTS: Final = {"Artifact": "lineage/of_artifact", "Run": "lineage/of_run", "Transform": "lineage/of_transform"}


def lineage(
    engine: Engine, record: Node, direction: str = "both", *, siblings: bool = True, current_run: str | None = None
) -> Lineage:
    """Give the exact lineage of an artifact, a run or a transform's runs.

    Raises `InvalidValueError` for another direction or record, `NotSavedError` for a record that is not saved,
    `NotFoundError` when it is gone.
    """
    if direction not in DIRECTIONS:
        raise InvalidValueError(f"there is no direction '{direction}'", f"Use one of {', '.join(DIRECTIONS)}.")
    if record.label not in STARTS:
        raise InvalidValueError(f"a {record.label} has no lineage", f"Ask one of {', '.join(STARTS)}.")
    if not record.is_saved:
        raise NotSavedError(f"{record.label} '{record.title()}' is not saved", "Save it first.")
    upstream, downstream = DIRECTIONS[direction]
    starts = engine.read(
        statements.load(STARTS[record.label]), uid=record.uid, upstream=upstream, downstream=downstream
    )
    rows = _rows(engine, {uid for row in starts for uid in row[0]}, record)
    own = sorted({uid for row in starts for uid in row[1]}) if record.label == "Transform" else [record.uid]
    return build(rows, own, direction=direction, siblings=siblings, current_run=current_run)


def _rows(engine: Engine, runs: set[str], record: Node) -> Rows:
    found: list[Row] = engine.read(statements.load("lineage/runs"), uids=sorted(runs))[0][0] if runs else []
    inputs = [Input(uid, run[0], saw, step) for run in found for uid, saw, step in run[13]]
    outputs = [Output(uid, run[0], seq, step) for run in found for uid, seq, step in run[14]]
    wanted = {uid for uid, *_ in (*inputs, *outputs)} | ({record.uid} if record.label == "Artifact" else set())
    artifacts: list[Row] = (
        engine.read(statements.load("lineage/artifacts"), uids=sorted(wanted))[0][0] if wanted else []
    )
    if record.label == "Artifact" and all(row[0] != record.uid for row in artifacts):
        raise NotFoundError(f"Artifact {record.uid} is no longer in the graph", "Another process deleted it.")
    return Rows(
        artifacts=[ArtifactFacts(*_with_handle(row, 9)) for row in artifacts],
        runs=[RunFacts(*_with_handle(run[:13], 5)) for run in found],
        outputs=outputs,
        inputs=inputs,
    )


def _with_handle(row: Row, place: int) -> list[Any]:
    """Put the one handle in the place of the list of handles."""
    return [*row[:place], next(iter(row[place]), None), *row[place + 1 :]]
