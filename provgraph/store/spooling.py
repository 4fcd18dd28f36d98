"""The spool of one store: what this process could not write, and what others left; all of it is brought in later.

An entry holds an intent, its time, who did it, for which store, and a writer's number, by which the graph knows whether
it was brought in already. So bringing in may be killed, repeated, or done by two processes at once.
"""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements, uids
from provgraph.errors import EngineBusyError, EngineUnavailableError, ProvgraphError
from provgraph.probes.code import process_alive, process_facts
from provgraph.storage import spool
from provgraph.storage.progress import Progress
from provgraph.store.packing import pack
from provgraph.store.writers import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from provgraph.engines.contract import Row
    from provgraph.models import UserNode
    from provgraph.storage.spool import Entry, Kept
    from provgraph.store.instance import Instance
    from provgraph.store.intents import Keepable
    from provgraph.store.ledger import Ledger

UNREACHABLE: Final = (EngineUnavailableError, EngineBusyError)
"""What is raised when the graph cannot be reached; what waits in the spool can be written later."""
FOLDER: Final = "spool"
REFUSED: Final = "refused"
ABANDONED: Final = 24 * 3600
"""Seconds after which a file that another host no longer writes to is taken away, once all of it is in the graph."""


@dataclass
class Synced:
    """What was brought in: how many calls, and those that could not be, each with its reason."""

    applied: int = 0
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say it in a few words."""
        return "\n".join([f"{self.applied} calls that waited in the spool are in the graph", *self.refused])


class Spool:
    """The files in which this project's processes keep what they could not write."""

    def __init__(self, instance: Instance, *, remembers: bool) -> None:
        """Use the folder of an instance; what is kept is for its graph and its space.

        It is remembered where this process may bring it in itself: then its records take over what is written.
        """
        self.folder = instance.folder / FOLDER
        self._place = instance.url or "local"
        self._space = instance.space
        self._remembers = remembers
        self._forget()

    def _forget(self) -> None:
        """Begin a file of its own, as a new process does."""
        self._process = process_facts()
        self._writer = Writer(uids.new("Writer"))
        self._file = spool.SpoolFile(self.folder / f"{self._writer.uid}{spool.SUFFIX}")
        self._own: dict[tuple[str, int], Keepable] = {}

    def keep(self, intent: Keepable, writer: Writer | None, user: UserNode, at_us: int) -> None:
        """Keep an intent, under the number with which it was tried already, or else the next one."""
        if os.getpid() != self._process.pid:
            self._forget()
        if writer is None:
            writer = self._writer
            writer.number += 1
        process = self._process
        entry = {
            "writer": writer.uid,
            "number": writer.number,
            "at_us": at_us,
            "place": self._place,
            "space": self._space,
            "user": pack(user),
            "intent": pack(intent),
            "process": [process.host, process.pid, process.pid_started],
        }
        self._file.append(entry)
        if self._remembers:
            self._own[writer.uid, writer.number] = intent

    def own(self, entry: Entry) -> Keepable | None:
        """Give this process's own intent that an entry holds; None for another process's."""
        return self._own.get((entry["writer"], entry["number"]))

    def settle(self, entry: Entry) -> None:
        """Note that an entry no longer waits."""
        self._own.pop((entry["writer"], entry["number"]), None)

    def waiting(self) -> list[Kept]:
        """Read all files that hold entries for this store."""
        kept = [spool.read(path) for path in sorted(self.folder.glob(f"*{spool.SUFFIX}"))]
        return [each for each in kept if not self._is_for_another(each)]

    def left(self) -> list[Path]:
        """Give the files with what this store cannot take: what is for another one, was refused, or is damaged."""
        others = [path for path in self.folder.glob(f"*{spool.SUFFIX}") if self._is_for_another(spool.read(path))]
        return sorted([*others, *(self.folder / REFUSED).glob("*")])

    def _is_for_another(self, kept: Kept) -> bool:
        return any(entry["place"] != self._place for entry in kept.entries)

    def refuse(self, entry: Entry, reason: str) -> None:
        """Keep what cannot be brought in, with the reason."""
        refused = self.folder / REFUSED / f"{entry['writer']}{spool.SUFFIX}"
        spool.SpoolFile(refused).append({**entry, "reason": reason})

    def remove(self, kept: Kept) -> None:
        """Remove a file whose entries are in the graph, unless its process may write more; keep a damaged one aside."""
        if kept.damaged:
            (self.folder / REFUSED).mkdir(exist_ok=True)
            kept.path.rename(self.folder / REFUSED / f"{kept.path.name}.damaged")
        elif kept.path == self._file.path or self._has_ended(kept):
            kept.path.unlink(missing_ok=True)

    def _has_ended(self, kept: Kept) -> bool:
        lives = process_alive(*kept.entries[-1]["process"]) if kept.entries else False
        return not lives if lives is not None else time.time() - kept.path.stat().st_mtime > ABANDONED


def bring_in(ledger: Ledger, read: Callable[..., list[Row]]) -> None:
    """Write what waits in the spool for this store, in the order of its times, each file in its own order."""
    files = ledger.spool.waiting()
    entries = list(_in_order(files))
    if entries:
        ledger.note_copies()
    done = _applied(read, entries)
    with Progress("bringing in what was kept", total=len(entries)) as progress:
        for entry in entries:
            if done.get(entry["writer"], 0) < entry["number"] or ledger.spool.own(entry):
                _bring_in(ledger, entry)
            progress.advance(1)
    for kept in files:
        ledger.synced.refused += [f"line {each} of {kept.path} is damaged; the file is kept" for each in kept.damaged]
        ledger.spool.remove(kept)


def _in_order(files: Sequence[Kept]) -> Iterator[Entry]:
    """Merge files by time; within a file a clock that was set back changes nothing."""
    times = (itertools.accumulate((entry["at_us"] for entry in each.entries), max) for each in files)
    timed = (zip(at, each.entries, strict=True) for at, each in zip(times, files, strict=True))
    merged = sorted(
        ((at, place, number, entry) for place, each in enumerate(timed) for number, (at, entry) in enumerate(each)),
        key=lambda found: found[:3],
    )
    return (entry for _, _, _, entry in merged)


def _applied(read: Callable[..., list[Row]], entries: Iterable[Entry]) -> dict[str, int]:
    """Ask the graph once which numbers of these writers it has."""
    writers = sorted({entry["writer"] for entry in entries})
    return {uid: int(number) for uid, number in read(statements.load("store/applied"), writers=writers)}


def _bring_in(ledger: Ledger, entry: Entry) -> None:
    try:
        ledger.synced.applied += ledger.write_late(entry, ledger.spool.own(entry))
    except UNREACHABLE:
        raise
    except ProvgraphError as error:
        _refuse(ledger, entry, str(error))
    except (KeyError, TypeError, ValueError) as error:  # a newer provgraph wrote it
        _refuse(ledger, entry, f"it is not understood ({error!r}); upgrade: pip install -U provgraph")
    ledger.spool.settle(entry)


def _refuse(ledger: Ledger, entry: Entry, reason: str) -> None:
    what: Any = entry["intent"].get("is", "?")
    ledger.synced.refused.append(f"{what} of {entry['process'][0]} could not be brought in: {reason}")
    ledger.spool.refuse(entry, reason)
    ledger.skip(Writer(entry["writer"], entry["number"]))
