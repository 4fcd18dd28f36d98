"""Each transaction is written once, also when its commit succeeded and the answer to it was lost."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provgraph import statements, uids
from provgraph.models import now_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.contract import Transaction


@dataclass
class Writer:
    """One who writes one transaction after the other; the graph counts them under its uid."""

    uid: str
    number: int = 0

    def was_committed(self, transaction: Transaction, space: str) -> bool:
        """Note the transaction's number in the graph, and say whether it was there: then nothing is to be written."""
        rows = transaction.run(
            statements.load("store/apply"), writer=self.uid, number=self.number, space=space, now_us=now_us()
        )
        return int(rows[0][0]) >= self.number


class Writers:
    """The writers of this process: as many as ever wrote at the same time. A forked child has its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self._free: list[Writer] = []
        self._pid = os.getpid()

    @contextlib.contextmanager
    def one(self) -> Iterator[Writer]:
        """Give a writer that nobody else uses meanwhile, with the number of its next transaction."""
        if self._pid != os.getpid():
            self._free, self._pid = [], os.getpid()
        try:
            writer = self._free.pop()
        except IndexError:
            writer = Writer(uids.new("Writer"))
        writer.number += 1
        yield writer
        self._free.append(writer)
