"""Save runs: start, finish, and those whose process is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.models import RunNode, iso
from provgraph.probes.code import process_alive, process_facts, storable
from provgraph.store.saving.batch import Batch, created_at, gone, must_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.engines.contract import Engine


def start(batch: Batch, started: Sequence[tuple[RunNode, str]]) -> None:
    """Write new runs, each with the uid of its transform."""
    if not started:
        return
    rows = [_row(batch, record, transform) for record, transform in started]
    written = batch.run(
        statements.load("runs/start"), rows=rows, created_at=rows[0]["created_at"], user=batch.user_facts()
    )
    statements.load("runs/finish")  # a run that ends for want of open files can say so
    met = {uid for (uid,) in written}
    for (record, transform), row in zip(started, rows, strict=True):
        if record.uid not in met:
            raise gone(f"the transform {transform}")
        batch.settle(record, row["facts"])


def note_process(record: RunNode) -> None:
    """Note in a new run which process it belongs to."""
    if record.pid is None:
        process = process_facts()
        record.host, record.pid, record.pid_started = process.host, process.pid, process.pid_started


def _row(batch: Batch, record: RunNode, transform: str) -> dict[str, Any]:
    facts = batch.new(record)
    facts["started_us"] = facts["started_us"] or facts["created_us"]
    facts["last_us"] = facts["last_us"] or facts["started_us"]
    times = {"created_at": created_at(facts), "started_at": iso(facts["started_us"])}
    return {"facts": facts, "transform": transform, **times}


def finish(batch: Batch, record: RunNode, status: str, error: str | None = None) -> None:
    """Write that a run has ended."""
    changes = ended(status, error, batch.at_us)
    rows = batch.run(statements.load("runs/finish"), uid=record.uid, changes=changes, finished_at=iso(batch.at_us))
    must_exist(rows, f"the run {record.uid}")
    batch.settle(record, {**record.facts(), **changes})


def ended(status: str, error: str | None, at_us: int) -> dict[str, Any]:
    """Give the properties of a run that ended at a time."""
    text = storable(error) if error is not None else None
    return {"status": status, "finished_us": at_us, "last_us": at_us, "error": text}


def abandon_lost(engine: Engine) -> int:
    """Mark this host's runs whose process is gone as abandoned, ended at their last activity; count them.

    One that was finished while its process was looked for stays finished.
    """
    host = process_facts().host
    lost = [
        {"uid": uid, "finished_us": last_us, "finished_at": iso(last_us)}
        for uid, pid, pid_started, last_us in engine.read(statements.load("runs/still_running"), host=host)
        if process_alive(host, pid, pid_started) is False
    ]
    if not lost:
        return 0
    return len(engine.write(lambda transaction: transaction.run(statements.load("runs/abandon"), rows=lost)))
