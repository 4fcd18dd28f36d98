"""Run the conformance suite from the shell: one line a case, exit code 1 when one fails."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from provgraph.engines.contract import Address, Credentials, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.engines.conformance import Room
    from provgraph.engines.contract import Engine


def main(arguments: list[str]) -> int:
    """Run all cases on the engine at the URL, or on a temporary local one; give the number of those that failed."""
    from provgraph.engines.conformance import CASES, Room

    with _server(arguments[0]) if arguments else _local() as engine, Room(engine) as room:
        failed = sum(not _passes(case, room) for case in CASES)
        _say(f"{len(CASES) - failed} of {len(CASES)} cases hold")
    return failed


def _passes(case: Callable[[Room], None], room: Room) -> bool:
    begun = time.perf_counter()
    try:
        case(room)
    except Exception as error:  # noqa: BLE001 - the next case must run too
        _say(f"FAILED  {case.__name__}: {case.__doc__}\n        {type(error).__name__}: {error}")
        return False
    _say(f"holds   {case.__name__} ({time.perf_counter() - begun:.2f} s): {case.__doc__}")
    return True


@contextmanager
def _server(url: str) -> Iterator[Engine]:
    from provgraph.engines.bolt import BoltEngine

    password = os.environ.get("NEO4J_PASSWORD")
    writer = Credentials(os.environ.get("NEO4J_USERNAME", "neo4j"), password) if password is not None else None
    engine = BoltEngine(Server(Address(url, writer, database=os.environ.get("NEO4J_DATABASE") or None)))
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _local() -> Iterator[Engine]:
    from provgraph.engines.bolt import BoltEngine
    from provgraph.engines.local import LocalEngine

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        local = LocalEngine(Path(folder), idle=60)
        engine = BoltEngine(local)
        try:
            yield engine
        finally:
            engine.close()
            local.stop()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
