"""How far a restore is, noted in the project while it goes on: one that was cut off is completed from there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from provgraph.storage import durable

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """How far a backup's way into a graph is."""

    digest: str
    """Which backup."""
    graph: str | None = None
    """Which graph, once anything is written to it."""
    schema: int | None = None
    """The schema to which an empty graph was brought, as the backup has it; None for a graph that had one."""
    is_written: bool = False
    """Whether the graph held all of it: it may be migrated since, and is no longer compared with the backup."""

    def write(self, mark: Path, path: Path) -> None:
        """Note it, after the path of the backup and a null byte."""
        durable.write(mark, os.fsencode(path) + b"\0" + json.dumps(asdict(self)).encode())


def noted(mark: Path, digest: str, graph: str | None) -> Stage:
    """Give how far a backup is; where nothing is noted of its way into this graph, it is at its beginning."""
    try:
        found = Stage(**json.loads(mark.read_bytes().partition(b"\0")[2]))
    except (OSError, ValueError, TypeError):
        return Stage(digest)
    return found if (found.digest, found.graph) == (digest, graph) else Stage(digest)
