"""`pg.finish()`, and what happens to a run that ends without it."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from provgraph.errors import NotTrackingError, ProvgraphError
from provgraph.models import from_micros
from provgraph.probes import environment, modules, notebook
from provgraph.probes.ipynb import executed_notebook
from provgraph.registries import Artifact
from provgraph.store import current, runs
from provgraph.store.artifacts import ArtifactSaver, Item
from provgraph.store.messages import say, warn

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from provgraph.models import RunNode
    from provgraph.models.nodes import ArtifactKind
    from provgraph.store.store import Store
    from provgraph.tracking.subject import Subject


class Watch:
    """What this process has to keep of its run when it ends."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.subject: Subject | None = None
        self.error: str | None = None
        self.pid = 0

    def begin(self, found: Subject) -> None:
        """Keep what is tracked; from the first time on, look out for exceptions, the exit, and a notebook's cells."""
        self.subject, self.error = found, None
        if self.pid == os.getpid():
            return
        self.pid = os.getpid()
        previous = sys.excepthook

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            self.error = "".join(traceback.format_exception(kind, error, trace))
            previous(kind, error, trace)

        sys.excepthook = hook
        atexit.register(at_exit)
        if not notebook.in_notebook():
            self._watch_exit()
        else:
            from IPython import get_ipython

            get_ipython().events.register("post_run_cell", self._after_cell)

    def _after_cell(self, result: Any) -> None:
        """Keep the cells; a notebook whose last cell failed, and that nobody finishes, is errored."""
        failed = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
        self.error = "".join(traceback.format_exception(failed)) if failed else None
        keep_cells()

    def _watch_exit(self) -> None:
        """Let a script that ends with `sys.exit(3)` be an errored one: Python tells no hook of ours that it did."""
        leave = sys.exit

        def exit_(status: Any = None, /) -> NoReturn:
            if status not in (None, 0) and threading.current_thread() is threading.main_thread():
                self.error = f"it ended by sys.exit({status!r})"
            leave(status)

        sys.exit = exit_


WATCH = Watch()


def watch(store: Store, found: Subject) -> None:
    """Look after the run that `track()` began."""
    WATCH.begin(found)
    store.after_save = keep_cells


def is_own(store: Store) -> bool:
    """Say whether the run that is on was begun by this very process, and not by the one that forked or started it."""
    return os.getpid() == WATCH.pid and store.run is not None and store.run.uid in store.opened


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
    store = current.store() if current.is_open() else None
    if store is None or store.run is None:
        if os.environ.get("PROVGRAPH_MODE") == "off":
            return
        raise NotTrackingError("no run is on", "Call pg.track() before pg.finish().")
    if is_own(store):
        end(store, store.run, "completed", None)
    else:
        warn(f"Run('{store.run.uid[:8]}') goes on in the process that began it")
    store.run = None


def end(store: Store, run: RunNode, status: str, error: str | None) -> None:
    """Write the end of a run with all that is kept of it."""
    items = _kept(store, run) if run is store.run else []

    def work(batch: Any) -> None:
        if items:
            ArtifactSaver(batch).save(items)
        runs.finish(batch, run, status, error)

    store.transact(work)
    store.opened.pop(run.uid, None)
    _draft(store, run).unlink(missing_ok=True)
    seconds = ((run.finished_us or 0) - (run.started_us or 0)) / 1e6
    finished = from_micros(run.finished_us or 0).strftime("%Y-%m-%d %H:%M:%S UTC")
    say(f"{'finished' if status == 'completed' else status} Run('{run.uid[:8]}') after {seconds:.1f}s at {finished}")


def at_exit() -> None:
    """Finish what this process began and did not finish; never raise, never in a forked child."""
    store = current.store() if current.is_open() else None
    if store is None or os.getpid() != WATCH.pid:
        return
    status = "errored" if WATCH.error else "completed"
    for run in list(store.opened.values()):
        try:
            end(store, run, status, WATCH.error)
        except ProvgraphError as error:
            warn(f"Run('{run.uid[:8]}') could not be finished: {error}")
    store.engine.close()


def keep_cells() -> None:
    """Keep the notebook's executed cells on disk, so that a kernel that dies loses nothing."""
    store = current.store() if current.is_open() else None
    if store is None or store.run is None or WATCH.subject is None or not WATCH.subject.is_notebook:
        return
    path = _draft(store, store.run)
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(_executed())
        draft.replace(path)


def _executed() -> bytes:
    name = WATCH.subject.transform.name if WATCH.subject else None
    return executed_notebook(notebook.executed_cells(), name)


def _kept(store: Store, run: RunNode) -> list[Item]:
    found = WATCH.subject
    packages = environment.environment_text().encode()
    items = [_item(store, run, "environment", None, ".txt", packages)]
    if found is None:
        return items
    if found.is_notebook and notebook.in_notebook():
        items.append(_item(store, run, "report", found.transform.key, ".ipynb", _executed()))
    listed = modules.local_modules(store.instance.root, found.path)
    items += [_item(store, run, "source", each.path, ".py", each.content) for each in listed if each.hash]
    return items


def _item(  # noqa: PLR0913, PLR0917 - all of an artifact
    store: Store, run: RunNode, kind: ArtifactKind, key: str | None, suffix: str, data: bytes
) -> Item:
    return Item(Artifact.hidden(kind, key, suffix), store.files.take_bytes(data, suffix), run.uid, kind)


def _draft(store: Store, run: RunNode) -> Path:
    return store.instance.folder / "runs" / f"{run.uid}.ipynb"
