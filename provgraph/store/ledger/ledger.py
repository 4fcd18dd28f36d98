"""The ledger: each intent is written to the graph once, at once or, when the graph cannot be reached, later."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Final

from provgraph.engines.absent import Absent
from provgraph.errors import CommitLostError, NotFoundError, ProvgraphError, ReadOnlyAccountError
from provgraph.guard import Guard
from provgraph.models import now_us
from provgraph.storage.turns import Turns
from provgraph.store.instances import schema
from provgraph.store.instances.mark import mark, waiting
from provgraph.store.ledger.packing import can_be_kept, unpack
from provgraph.store.ledger.spooling import UNREACHABLE, Spool, Synced, bring_in, waited
from provgraph.store.ledger.writers import Writer, Writers
from provgraph.store.messages import say, warn
from provgraph.store.saving import runs
from provgraph.store.saving.batch import Batch
from provgraph.words import first_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Engine, Transaction
    from provgraph.models import Node, UserNode
    from provgraph.storage.spool import Entry
    from provgraph.store.instances.instance import Instance
    from provgraph.store.instances.settings import Settings
    from provgraph.store.saving.intents import Intent, Keepable

MISSES: Final = 5
"""Times that a transaction may miss a node, or lose its answer, before that is believed."""
TRIED_AGAIN: Final = 10.0
"""Seconds after which a graph that could not be reached is tried again."""


class Ledger:
    """Writes the intents of one process to one graph."""

    def __init__(
        self, instance: Instance, engine: Engine, settings: Settings, note_copies: Callable[..., None]
    ) -> None:
        """Join the parts; nothing is read or written yet.

        `note_copies` notes beside copies that they are for a graph, and with `none_waits` that no call waits for it.
        """
        self.instance = instance
        self.settings = settings
        self.spool = Spool(instance, remembers=not isinstance(engine, Absent))
        self.apart: ProvgraphError | None = None
        """Why the graph cannot be reached, while it cannot."""
        self.synced = Synced()
        """What was brought in since this store was opened."""
        self._engine = engine
        self._writers = Writers()
        self._turns = Turns(instance.folder) if instance.url is None else None
        self._has_told = False
        self._next_try = 0.0
        self._note_copies = note_copies
        self._guard = Guard()
        """Held while the graph is tried again and while something is kept: what waits comes before what follows."""

    @property
    def engine(self) -> Engine:
        """The graph; one that could not be reached is tried again first."""
        if self.apart:
            self._resume()
        return self._engine

    @engine.setter
    def engine(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, *, shared: bool = False, strict: bool = False) -> None:
        """Bring the schema up to date and the spool in, and note what became of lost runs.

        When the graph cannot be reached, what is written waits in the spool from then on, unless `strict` or the
        settings say that it is an error.
        """
        try:
            schema.bring_up_to_date(self._engine, shared=shared)
            self._bring_in_and_abandon()
        except UNREACHABLE as error:
            if strict or self.settings.when_unreachable == "error":
                raise
            self._part(error)

    def retry(self) -> None:
        """Try the graph again now and bring in what waits; raise why it cannot be reached, when it cannot."""
        self._next_try = 0.0
        if self.apart and not self._resume():
            raise self.apart.again()
        self.bring_in()
        self.synced.left = self.spool.left()

    def write(self, intent: Intent, user: UserNode) -> Any:
        """Apply an intent in one transaction, and give what it gives; its records take over what was written.

        When the graph cannot be reached, it is kept in the spool; then None is given.
        """
        writer, at_us = None, now_us()
        if self.apart:
            with self._guard.lock:
                if not self._resume():
                    return self._keep(intent, writer, user, at_us, self.apart.again())
        try:
            with self._writers.one() as writer:
                return self._write(intent, writer, user, at_us)
        except UNREACHABLE as error:
            with self._guard.lock:
                return self._keep(intent, writer, user, at_us, error)

    def write_late(self, entry: Entry, own: Keepable | None) -> bool:
        """Apply what waited in the spool; False when that was done already.

        `own` is the intent with the records of this process, which take over what is written.
        """
        intent, user = unpack(entry["intent"]), unpack(entry["user"])

        def begin(transaction: Transaction) -> Batch:
            return Batch(transaction, entry["space"], user, self.instance.root, entry["at_us"], is_late=True)

        batch, _ = self._transaction(intent, Writer(entry["writer"], entry["number"]), begin)
        for remark in batch.remarks if batch else ():
            warn(remark)
        if own is not None:
            facts = {id(record): facts for record, facts in batch.settled} if batch else {}
            pairs = zip(own.foreseen("", 0), intent.foreseen("", 0), strict=True)
            for record, copy in [(mine[0], theirs[0]) for mine, theirs in pairs]:
                if record.is_provisional:
                    with contextlib.suppress(NotFoundError):  # deleted since
                        adopt(record, facts.get(id(copy)) or self._engine.write(lambda tx: begin(tx).held(record)))  # noqa: B023
        return batch is not None

    def skip(self, writer: Writer, space: str) -> None:
        """Note in the graph that a writer's number is done with, without writing anything for it."""
        self._engine.write(lambda transaction: writer.was_committed(transaction, space))

    def bring_in(self) -> None:
        """Bring in what waits in the spool, and say what was brought in; `synced` counts it."""
        applied, refused = self.synced.applied, len(self.synced.refused)
        try:
            with self._guard.lock:
                bring_in(self, self._engine.read)
        finally:
            if count := self.synced.applied - applied:
                say(f"{waited(count)} in the graph")
            for each in self.synced.refused[refused:]:
                warn(each)

    @property
    def graph(self) -> str:
        """What tells the graph from any other of those that use a storage.

        The local engine's is told by the project's mark; so is that of a server that cannot be reached, for which calls
        wait.
        """
        with contextlib.suppress(*UNREACHABLE):
            if not self.apart or self.instance.url is None:
                return self._reached()
        return waiting(mark(self.instance.root))

    def _reached(self) -> str:
        return mark(self.instance.root) if self.instance.url is None else schema.identity(self._engine)

    def note_copies(self, *, none_waits: bool = False) -> None:
        """Note beside copies that they are for this graph, which is reached now; that none waits for it, if so."""
        self._note_copies(self._reached(), none_waits=none_waits)

    def close(self) -> None:
        """Give back the connections."""
        self._engine.close()

    def _bring_in_and_abandon(self) -> None:
        """Do so when the store is opened; what keeps others' calls from being brought in now stops nothing here."""
        try:
            self.bring_in()
        except UNREACHABLE:
            raise
        except ProvgraphError as error:
            warn(f"what waits in {self.spool.folder} waits longer: {error}")
        with contextlib.suppress(ReadOnlyAccountError):  # who may write notes it
            runs.abandon_lost(self._engine)

    def _resume(self) -> bool:
        """Try to reach the graph again, some seconds after the last try; say whether it is reached."""
        with self._guard.lock:
            if self.apart and not isinstance(self._engine, Absent) and time.monotonic() >= self._next_try:
                try:
                    schema.bring_up_to_date(self._engine)
                    self.bring_in()
                    self.apart = None
                except ProvgraphError as error:  # another password, say: the computation goes on
                    self._part(error)
            return self.apart is None

    def tell_apart(self) -> None:
        """Say once that the graph cannot be reached, if it cannot."""
        if self.apart and not self._has_told:
            self._has_told = True
            happened = self.apart.happened
            warn(f"{happened}: what is recorded waits in {self.spool.folder} (provgraph sync brings it in)")

    def tell_left(self) -> None:
        """Say what the spool holds for another graph, and what was put aside: it is in no graph yet."""
        if not self.apart and (left := self.spool.left()):
            warn(f"in no graph yet (see provgraph sync --help): {first_of(left, 2, '; ')}")

    def _part(self, error: ProvgraphError) -> None:
        """Note that the graph cannot be reached."""
        self.apart = error.again()
        self._next_try = time.monotonic() + TRIED_AGAIN

    def _write(self, intent: Intent, writer: Writer, user: UserNode, at_us: int) -> Any:
        space, root = self.instance.space, self.instance.root
        batch, result = self._transaction(intent, writer, lambda tx: Batch(tx, space, user, root, at_us))
        assert batch is not None  # noqa: S101 - the writer's number is new
        for record, facts in batch.settled:
            adopt(record, facts)
        for remark in batch.remarks:
            warn(remark)
        return result

    def _keep(self, intent: Intent, writer: Writer | None, user: UserNode, at_us: int, error: ProvgraphError) -> None:
        """Keep an intent in the spool; raise the error where that cannot or must not be."""
        if not can_be_kept(intent) or self.settings.when_unreachable == "error":
            raise error
        if self.apart is None:
            self._part(error)
        self.tell_apart()
        self.spool.keep(intent, writer, user, at_us)
        for record, facts in intent.foreseen(self.instance.space, at_us):
            adopt(record, facts, provisional=record.is_provisional or not record.is_saved)

    def _transaction(
        self, intent: Intent, writer: Writer, begin: Callable[[Transaction], Batch]
    ) -> tuple[Batch | None, Any]:
        """Run the transaction; no batch when it was committed before. Again when it missed a node that a race undid.

        And again when the answer to its commit was lost: the writer then knows whether it is there.
        """
        written: list[tuple[Batch, Any]] = []

        def attempt(transaction: Transaction) -> None:
            batch = begin(transaction)
            if not writer.was_committed(transaction, batch.space):
                written[:] = [(batch, intent.apply(batch))]

        with self._turns.together() if self._turns else contextlib.nullcontext():
            for _ in range(MISSES):
                with contextlib.suppress(NotFoundError, CommitLostError):
                    self._engine.write(attempt)
                    break
            else:
                self._engine.write(attempt)
        return written[0] if written else (None, None)


def adopt(record: Node, facts: dict[str, Any], *, provisional: bool = False) -> None:
    """Let a record hold what the graph holds or will hold, and mark it saved."""
    fresh = type(record).from_row([facts.get(name) for name in record.fields()])
    record.__dict__.update(fresh.__dict__)
    record.note_saved(provisional=provisional)
