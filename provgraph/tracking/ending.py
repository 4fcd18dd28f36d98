"""`pg.finish()`, and what happens to a run that ends without it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from provgraph.errors import NotFoundError, NotTrackingError, ProvgraphError, StorageError
from provgraph.models import from_micros
from provgraph.probes import environment, modules, notebook
from provgraph.probes.ipynb import executed_notebook
from provgraph.registries import Artifact
from provgraph.storage import durable
from provgraph.store import current, drafts, redacting
from provgraph.store.messages import say, warn
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import End, Save
from provgraph.tracking.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provgraph.models import RunNode
    from provgraph.models.nodes import ArtifactKind
    from provgraph.probes.modules import ModuleFacts
    from provgraph.store.store import Store
    from provgraph.tracking.subject import Subject


WATCH = Watch()


def look_after() -> None:
    """From the first run of this process on, look out for how it ends."""
    WATCH.begin(at_exit, keep, _end_with_thread)


def leave(store: Store) -> None:
    """End what this process began in a store and has not ended, as it goes on in another one."""
    if os.getpid() == WATCH.pid:
        _end_left(store, "completed", None)


current.watch_runs(look_after, leave)


def watch(store: Store, run: RunNode, found: Subject) -> None:
    """Look after the run that `track()` began."""
    look_after()
    WATCH.subjects[run.uid] = found
    store.after_save = keep


def is_own(store: Store) -> bool:
    """Say whether the run that is on was begun by this very process, and not by the one that forked or started it."""
    return os.getpid() == WATCH.pid and store.run is not None and store.run.uid in store.opened


def is_over(run: RunNode) -> bool:
    """Say whether a run that is on has ended, or may have: whoever ended it was interrupted."""
    return run.finished_us is not None or run.uid in WATCH.ending


@contextlib.contextmanager
def beginning(store: Store, run: RunNode) -> Iterator[None]:
    """Note a run whose beginning is interrupted: it may be written, and nobody has it."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, ProvgraphError) and not store.running.has(run):
            WATCH.interrupted.add(run.uid)
            store.opened[run.uid] = run
            look_after()
        raise


def end_interrupted(store: Store) -> None:
    """End the runs that nobody has, as `pg.track()` was interrupted after it wrote them."""
    _end_unsure(store, [run for uid, run in store.opened.items() if uid in WATCH.interrupted])


def _end_unsure(store: Store, runs: Sequence[RunNode]) -> None:
    """End runs of which nobody knows whether they were written, where they were."""
    for run in runs:
        if run.is_saved or not store.ledger.apart:
            with _warning(run), contextlib.suppress(NotFoundError):
                store.transact(End(run, "errored", "it was interrupted when it began"))
        _forget(store, run)


def _let_go(store: Store, run: RunNode) -> None:
    """Let the run of this thread, or of the process, be on no more: it has ended, or cannot be."""
    store.running.workers.tell_none(run.uid)
    store.running.begin(None)
    _forget(store, run)


def _forget(store: Store, run: RunNode) -> None:
    """Look after a run no longer."""
    store.opened.pop(run.uid, None)
    WATCH.subjects.pop(run.uid, None)
    WATCH.ending.pop(run.uid, None)
    WATCH.interrupted.discard(run.uid)


def finish() -> None:
    """End the run that is on: its status is completed, its environment and the modules of the project are kept.

    Writes the run's end, the installed packages and each imported module below the project's root as hidden
    artifacts, and for a notebook the cells really executed, in their order. Raises `NotTrackingError` when no run is
    on.

    >>> run = pg.track(transform=pg.Transform(name="nightly", type="function"))
    >>> pg.finish()
    >>> run.status, pg.context.run
    ('completed', None)
    """
    if current.is_off():
        current.OFF.run = None
        return
    store = current.if_open()
    if store is None or (run := store.run) is None:
        raise NotTrackingError("no run is on", "Call pg.track() before pg.finish().")
    if is_own(store):
        end(store, run, "completed", None)
        _let_go(store, run)
    else:
        warn(f"Run('{run.uid[:8]}') goes on in the process that began it")
        store.running.begin(None)


def make_way(store: Store) -> None:
    """End the run that is on, as another one has begun; one that cannot be ended is named, and on no more."""
    if (run := store.run) is not None:
        _end_or_warn(store, run, "completed", None)
        _let_go(store, run)


def _end_or_warn(store: Store, run: RunNode, status: str, text: str | None) -> None:
    with _warning(run):
        end(store, run, status, text)


@contextlib.contextmanager
def _warning(run: RunNode) -> Iterator[None]:
    """Say that a run could not be finished, and go on."""
    try:
        yield
    except (ProvgraphError, OSError) as error:
        warn(f"Run('{run.uid[:8]}') could not be finished: {error}")


def end(store: Store, run: RunNode, status: str, error: str | None) -> None:
    """Write the end of a run with all that is kept of it, unless that was done and what follows was interrupted."""
    if run.finished_us is None:
        _write_end(store, run, status, error)
    drafts.draft(store, run.uid).unlink(missing_ok=True)
    seconds = ((run.finished_us or 0) - (run.started_us or 0)) / 1e6
    finished = from_micros(run.finished_us or 0).strftime("%Y-%m-%d %H:%M:%S UTC")
    say(f"{'finished' if status == 'completed' else status} Run('{run.uid[:8]}') after {seconds:.1f}s at {finished}")


def _write_end(store: Store, run: RunNode, status: str, error: str | None) -> None:
    """Write it; an interruption leaves the run on, and known as one that may have ended."""
    store.check_instance()
    items = _kept(store, run)
    status, error = WATCH.ending.setdefault(run.uid, (status, error))
    try:
        store.transact(End(run, status, error and redacting.text(store, error, "the error"), items))
    except ProvgraphError:
        WATCH.ending.pop(run.uid, None)
        raise


def at_exit() -> None:
    """Finish what this process began and did not finish; never raise, never in a forked child."""
    store = current.if_open()
    if store is None or os.getpid() != WATCH.pid:
        return
    if store.opened:
        _end_left(store, *WATCH.outcome())
    store.ledger.close()


def _end_left(store: Store, status: str, text: str | None) -> None:
    unsure = [run for run in store.opened.values() if not run.is_saved or run.uid in WATCH.interrupted]
    _end_unsure(store, unsure)
    for run in list(store.opened.values()):
        if run.finished_us is None:
            _end_or_warn(store, run, status, text)
        store.running.workers.tell_none(run.uid)
        _forget(store, run)


def _end_with_thread(status: str, error: str | None) -> None:
    """End the run that a thread began when an exception ends the thread; the process's goes on after a good exit."""
    store = current.if_open()
    if store is None or (status == "completed" and not store.running.is_of_this_thread_alone):
        return
    run = store.run
    if run is not None and not store.running.is_of_another_thread and is_own(store):
        _end_or_warn(store, run, status, error)
        _let_go(store, run)


def keep() -> None:
    """Keep what would be lost with this process: a notebook's executed cells, and the modules imported so far."""
    store = current.if_open()
    found = WATCH.subjects.get(store.run.uid) if store is not None and store.run is not None else None
    if store is None or store.run is None or found is None:
        return
    if found.is_notebook:
        _keep_cells(store, store.run, found)
    if found.kept.looked_at != (count := len(sys.modules)):
        found.kept.looked_at = count
        with contextlib.suppress(ProvgraphError, OSError):  # the end of the run tries again, and says what is wrong
            _keep_modules(store, store.run, found)


def _keep_cells(store: Store, run: RunNode, found: Subject) -> None:
    _tell_mismatch(found)
    path = drafts.draft(store, run.uid)
    with contextlib.suppress(OSError):
        durable.make_folder(path.parent)
        durable.write(path, _executed(store, found))


def _keep_modules(store: Store, run: RunNode, found: Subject) -> None:
    listed = _new_modules(store, found)
    if items := _module_items(store, run, listed):
        store.ledger.write(Save(items=items), store.user)
    found.kept.modules.update((each.path, each.hash) for each in listed)


def _tell_mismatch(found: Subject) -> None:
    if found.path is not None and (said := notebook.mismatch(found.path, notebook.executed_cells())):
        warn(said)


def _executed(store: Store, found: Subject) -> bytes:
    cells = executed_notebook(notebook.executed_cells(), found.transform.name)
    return redacting.notebook(store, cells, found.transform.title())


def _kept(store: Store, run: RunNode) -> list[Item]:
    """Store what is kept of a run's end; a storage that cannot be written keeps the run from ending in no way."""
    try:
        return _items(store, run, WATCH.subjects[run.uid]) if run.uid in WATCH.subjects else []
    except StorageError as error:
        warn(f"Run('{run.uid[:8]}') ends without its environment and modules: {error}")
        return []


def _items(store: Store, run: RunNode, found: Subject) -> list[Item]:
    packages = environment.environment_text().encode()
    items = [_item(store, run, "environment", None, ".txt", packages)]
    if found.is_notebook and notebook.in_notebook():
        _tell_mismatch(found)
        items.append(_item(store, run, "report", found.transform.key, ".ipynb", _executed(store, found)))
    return [*items, *_module_items(store, run, _new_modules(store, found))]


def _new_modules(store: Store, found: Subject) -> list[ModuleFacts]:
    """Give the imported modules of the project that are not kept yet as they are now; name those that changed."""
    listed = [
        each
        for each in modules.local_modules(store.instance.root, found.path)
        if (each.path, each.hash) not in found.kept.modules
    ]
    if changed := [each.path for each in listed if each.changed_since_import]:
        warn(f"changed after this process began, so it may have run otherwise than it is kept: {', '.join(changed)}")
    return listed


def _module_items(store: Store, run: RunNode, listed: list[ModuleFacts]) -> list[Item]:
    return [
        _item(store, run, "source", each.path, ".py", redacting.data(store, each.content, each.path))
        for each in listed
        if each.hash
    ]


def _item(  # noqa: PLR0913, PLR0917 - all of an artifact
    store: Store, run: RunNode, kind: ArtifactKind, key: str | None, suffix: str, data: bytes
) -> Item:
    return Item(Artifact.hidden(kind, key, suffix), store.files.take_bytes(data, suffix), run.uid, kind)
