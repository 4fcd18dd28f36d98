"""The spool of one store: what this process could not write, and what others left; all of it is brought in later.

An entry holds an intent, its time, who did it, for which store, and a writer's number, by which the graph knows whether
it was brought in already. So bringing in may be killed, repeated, or done by two processes at once.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from provgraph import statements, uids
from provgraph.errors import (
    EngineBusyError,
    EngineError,
    EngineUnavailableError,
    InvalidValueError,
    ProvgraphError,
    SetupError,
)
from provgraph.models import iso, now_us
from provgraph.probes.code import process_alive, process_facts
from provgraph.storage import durable, spool
from provgraph.storage.progress import Progress
from provgraph.store.ledger.packing import pack
from provgraph.store.ledger.writers import Writer
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from provgraph.engines.contract import Row
    from provgraph.models import UserNode
    from provgraph.storage.spool import Entry, Kept
    from provgraph.store.instances.instance import Instance
    from provgraph.store.ledger.ledger import Ledger
    from provgraph.store.saving.intents import Keepable

UNREACHABLE: Final = (EngineUnavailableError, EngineBusyError)
"""What is raised when the graph cannot be reached; what waits in the spool can be written later."""
FOLDER: Final = "spool"
REFUSED: Final = "refused"
KEPT_FOR: Final = "kept_for"
"""What names in an entry the place from which this store took it over."""
ABANDONED: Final = 24 * 3600
"""Seconds after which a file that another host no longer writes to is taken away, once all of it is in the graph."""


@dataclass
class Synced:
    """What was brought in: how many calls, and those that could not be, each with its reason."""

    applied: int = 0
    refused: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """The files with what is for another store or was put aside."""

    def __str__(self) -> str:
        """Say it in a few words."""
        first = f"{waited(self.applied)} in the graph" if self.applied else "nothing that waited could be brought in"
        if not self.applied and self.is_whole:
            first = "nothing waits in the spool"
        return "\n".join([first, *self.refused, *self.left])

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left."""
        return not self.refused and not self.left


def waited(calls: int) -> str:
    """Count the calls that were brought in.

    >>> waited(1), waited(2)
    ('1 call that waited in the spool is', '2 calls that waited in the spool are')
    """
    return f"{counted(calls, 'call')} that waited in the spool {'is' if calls == 1 else 'are'}"


class Spool:
    """The files in which this project's processes keep what they could not write."""

    def __init__(self, instance: Instance, *, remembers: bool) -> None:
        """Use the folder of an instance; what is kept is for its graph and its space.

        It is remembered where this process may bring it in itself: then its records take over what is written.
        """
        self.folder = instance.folder / FOLDER
        self._place = _place(instance)
        self._space = instance.space
        self._remembers = remembers
        self._taken_over: set[str] = set()
        """Other places for which entries were kept that this process met as this store's own."""
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
        return None if os.getpid() != self._process.pid else self._own.get(_number(entry))

    def settle(self, entry: Entry) -> None:
        """Note that an entry no longer waits."""
        self._own.pop(_number(entry), None)

    def waiting(self) -> list[Waiting]:
        """Read all files that hold entries for this store; what comes while they are read waits longer."""
        found = [Waiting(kept, self._may_go(kept)) for kept in self._files() if not self._is_for_another(kept)]
        self._taken_over |= {entry[KEPT_FOR] for each in found for entry in each.kept.entries if KEPT_FOR in entry}
        return found

    def left(self) -> list[str]:
        """Say what this store cannot take: what is for another one, was refused, or is damaged."""
        named = [
            f"{kept.path}: {counted(len(kept.entries), 'call')} for {place}; to bring them in here: "
            f"provgraph sync --kept-for {shlex.quote(place)}"
            for place, kept in self._elsewhere()
        ]
        return [*named, *(f"{path}: put aside" for path in sorted((self.folder / REFUSED).glob("*")))]

    def take_over(self, place: str) -> None:
        """Let what was kept for another place wait for this store, under the numbers it has.

        Raises `InvalidValueError` when nothing is kept for that place, nor was before this was cut off.
        """
        self.waiting()
        kept_for = self._elsewhere()
        if place not in self._taken_over | {each for each, _ in kept_for}:
            others = ", ".join(sorted({each for each, _ in kept_for}))
            raise InvalidValueError(
                f"nothing is kept for '{place}'", f"Give one of {others}." if others else "Call sync without it."
            )
        for kept in [kept for each, kept in kept_for if each == place]:
            taken = spool.SpoolFile(self.folder / f"{uids.new('Writer')}{spool.SUFFIX}")
            for entry in kept.entries:
                taken.append({**entry, "place": self._place, KEPT_FOR: place})
            self._clear(kept)

    def _files(self) -> list[Kept]:
        """Read the files as far as they reach at one moment; while others write without pause, up to the time now."""
        began = now_us()
        sizes, is_one_moment = spool.reach(self.folder)
        found = [spool.read(path, size) for path, size in sizes.items()]
        return found if is_one_moment else [_until(kept, began) for kept in found]

    def _elsewhere(self) -> list[tuple[str, Kept]]:
        """Give the files that are not for this store, and what for."""
        return [(kept.entries[0]["place"], kept) for kept in self._files() if self._is_for_another(kept)]

    def _is_for_another(self, kept: Kept) -> bool:
        return any(entry["place"] != self._place for entry in kept.entries)

    def _may_go(self, kept: Kept) -> bool:
        """Say whether nobody but this process adds to a file any more: its own ended, or is elsewhere and silent."""
        lives = process_alive(*kept.entries[-1]["process"]) if kept.entries else None
        if lives is not None:
            return not lives or (kept.path == self._file.path and os.getpid() == self._process.pid)
        with contextlib.suppress(OSError):
            return time.time() - kept.path.stat().st_mtime > ABANDONED
        return False

    def refused(self) -> set[tuple[str, int]]:
        """Give the numbers of what was put aside; who did it may have ended before the graph knew of it."""
        kept = (spool.read(path) for path in self._put_aside())
        return {_number(entry) for each in kept for entry in each.entries}

    def _put_aside(self) -> Iterator[Path]:
        return (self.folder / REFUSED).glob(f"*{spool.SUFFIX}")

    def refuse(self, entry: Entry, reason: str) -> None:
        """Keep what cannot be brought in, with the reason."""
        refused = self.folder / REFUSED / f"{entry['writer']}{spool.SUFFIX}"
        spool.SpoolFile(refused).append({**entry, "reason": reason})

    def take_back(self) -> None:
        """Let what was refused wait again, each entry under a number of its own.

        That is made of the one before: whoever does it once more, because this was cut off, gives the same number.
        """
        for path in self._put_aside():
            kept = spool.read(path)
            again = spool.SpoolFile(self.folder / f"{uids.new('Writer')}{spool.SUFFIX}")
            for entry in kept.entries:
                again.append({**entry, "writer": uids.derived("Writer", *_number(entry)), "number": 1})
            self._clear(kept)

    def remove(self, waiting: Waiting) -> None:
        """Remove a file whose entries are in the graph, when nobody adds to it; a damaged one is put aside."""
        if waiting.may_go:
            self._clear(waiting.kept)

    def _clear(self, kept: Kept) -> None:
        """Remove a file whose entries are elsewhere now; one with damaged lines is put aside."""
        if kept.damaged:
            durable.make_folder(self.folder / REFUSED)
            kept.remove(self.folder / REFUSED / f"{kept.path.name}.damaged")
        else:
            kept.remove()


@dataclass(frozen=True)
class Waiting:
    """A file of the spool whose entries are to be brought in, and whether it may go then."""

    kept: Kept
    may_go: bool


def _until(kept: Kept, at_us: int) -> Kept:
    """Leave out what was kept later; such a file is not removed."""
    entries = list(itertools.takewhile(lambda entry: entry["at_us"] <= at_us, kept.entries))
    return kept if len(entries) == len(kept.entries) else replace(kept, entries=entries, size=-1)


def _number(entry: Entry) -> tuple[str, int]:
    """Give the writer and its number, by which the graph knows a call."""
    return entry["writer"], entry["number"]


def _place(instance: Instance) -> str:
    """Name the graph for which something is kept: a server with its database, or the local engine."""
    if instance.url is None:
        return "local"
    database = os.environ.get("NEO4J_DATABASE")
    return f"{instance.url} {database}" if database else instance.url


def bring_in(ledger: Ledger, read: Callable[..., list[Row]]) -> None:
    """Write what waits in the spool for this store, in the order of its times, each file in its own order."""
    files = ledger.spool.waiting()
    entries = list(_in_order([each.kept.entries for each in files]))
    if entries:
        ledger.note_copies()
        _bring_in_all(ledger, entries, _applied(read, entries))
    for each in files:
        damaged = each.kept.damaged if each.may_go else []
        ledger.synced.refused += [f"line {line} of {each.kept.path} is damaged, and was put aside" for line in damaged]
        ledger.spool.remove(each)
    if entries and all(each.may_go for each in files) and not ledger.spool.left():
        ledger.note_copies(none_waits=True)


def _bring_in_all(ledger: Ledger, entries: Sequence[Entry], done: dict[str, int]) -> None:
    refused = ledger.spool.refused()
    with Progress("bringing in what was kept", total=len(entries)) as progress:
        for entry in entries:
            is_new = done.get(entry["writer"], 0) < entry["number"]
            if is_new and _number(entry) in refused:
                _let_go(ledger, entry)
            elif is_new or ledger.spool.own(entry):
                _bring_in(ledger, entry)
            progress.advance(1)


def _in_order(files: Sequence[Sequence[Entry]]) -> Iterator[Entry]:
    """Merge files by time; within a file a clock that was set back changes nothing."""
    times = (itertools.accumulate((entry["at_us"] for entry in entries), max) for entries in files)
    timed = (zip(at, entries, strict=True) for at, entries in zip(times, files, strict=True))
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
    except (EngineError, SetupError):  # it is the graph's trouble or the account's, and no fault of this call
        raise
    except (ProvgraphError, OSError) as error:
        _refuse(ledger, entry, str(error))
    except (KeyError, TypeError, ValueError) as error:  # a newer provgraph wrote it
        _refuse(ledger, entry, f"it is not understood ({error!r}); upgrade: pip install -U provgraph")
    ledger.spool.settle(entry)


def _refuse(ledger: Ledger, entry: Entry, reason: str) -> None:
    host, pid, _ = entry["process"]
    what = f"a call ({entry['intent'].get('is', '?')}) of process {pid} on {host} at {iso(entry['at_us'])[:19]}"
    ledger.synced.refused.append(f"{what} could not be brought in: {reason}")
    ledger.spool.refuse(entry, reason)
    _let_go(ledger, entry)


def _let_go(ledger: Ledger, entry: Entry) -> None:
    """Let the graph know that a call which is put aside is done with."""
    ledger.skip(Writer(*_number(entry)), entry["space"])
    ledger.spool.settle(entry)
