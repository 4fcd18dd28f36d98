"""`pg.track()`: begin a run of the code that calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.errors import check_flags
from provgraph.models import from_micros
from provgraph.probes import code, git, imports
from provgraph.registries import Artifact, Run, Transform
from provgraph.storage.keys import working_directory
from provgraph.store import current, redacting
from provgraph.store.instances import instance
from provgraph.store.messages import say, warn
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import Begin
from provgraph.tracking import ending, subject

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store
    from provgraph.tracking.subject import Subject


def track(  # noqa: PLR0913 - LaminDB's signature
    uid: str | None = None,
    *,
    transform: Transform | None = None,
    pipeline: str | None = None,
    version: str | None = None,
    params: dict[str, Any] | None = None,
    path: str | Path | None = None,
    name: str | None = None,
    new_run: bool = False,
) -> Run:
    """Begin a run of the script or notebook that calls this, and give it; reads and saves then belong to it.

    `uid` names a transform, which follows its file to another name; `transform` names another one, `pipeline` (with
    `version`) a registered one. `params` are kept with the run, `name` names it. In one process or kernel a second call
    keeps the run, unless `new_run`; the call for another transform finishes the first run. A worker or a forked child
    belongs to the run of the process that started it, until it names something else to track; it never ends that run.
    A thread that tracks something else has that run for itself, beside the one of the process. `path` says which file
    runs where nothing else does.

    Writes the Transform (a new version when its code changed), the Run with its arguments, host and git commit, and
    the source code as a hidden artifact. With `PROVGRAPH_MODE=off` nothing is written, and the
    run is known to this process alone.

    Raises `UsageError` when nothing says which code runs, `NotFoundError` for an unknown uid or pipeline (it says how
    to register one), `InvalidValueError` for the uid of code that has a file of its own, and the errors of opening the
    store.

    >>> run = pg.track(transform=pg.Transform(name="nightly", type="function"), params={"cells": 3000})
    >>> pg.context.run is run, pg.context.transform.name, run.params
    (True, 'nightly', {'cells': 3000})
    >>> pg.finish()
    """
    check_flags(new_run=new_run)
    if current.is_off():
        known = subject.unrecorded(uid, transform, pipeline, version, path, _root())
        current.OFF.run = Run.of(known, name, params)
        return current.OFF.run
    commit = git.git_facts_later(git.project_root(working_directory()))
    found = None
    if current.found() is None:  # what is wrong is said before a store is made
        root = instance.default_root(working_directory())
        found = subject.find(uid, transform, pipeline, version, path, root)
    store = current.store()
    is_named = any(each is not None for each in (uid, transform, pipeline, path)) or new_run
    is_parents = store.run is not None and not ending.is_own(store)
    if store.run is not None and is_parents and not is_named:
        return store.run
    found = found or subject.find(uid, transform, pipeline, version, path, store.instance.root)
    running = None if is_parents or store.run is None or ending.is_over(store.run) else store.run
    params = redacting.parameters(store, params)
    if running is not None and not new_run and found.is_same(running.transform):
        say(f"already tracking {found.transform.title()} with Run('{running.uid[:8]}')")
        if params is not None and params != running.params:
            warn("its params stay as they are; new_run=True begins a run with others")
        return running
    ending.end_interrupted(store)
    run = _new_run(store, found, params, name, commit)
    with ending.beginning(store, run):
        happened = store.transact(Begin(found.transform, run, _source_items(store, found, run), found.renamed))
        if is_parents:
            store.running = store.running.anew()
        _begin(store, found, run)
    _tell(found, run, happened)
    return run


def _root() -> Path:
    """Give the project's folder without opening its store."""
    found = current.found()
    return found.root if found is not None else git.project_root(working_directory())


def _begin(store: Store, found: Subject, run: Run) -> None:
    """Let a run that was written be on, once it is looked after, in place of the one of this thread that was."""
    store.opened[run.uid] = run
    ending.watch(store, run, found)
    if store.run is not None and not store.running.is_of_another_thread:
        ending.make_way(store)
    store.running.begin(run)
    if not store.running.is_of_this_thread_alone:
        store.running.workers.tell(run.uid)


def _new_run(
    store: Store, found: Subject, params: dict[str, Any] | None, name: str | None, commit: git.GitFactsLater
) -> Run:
    facts, process = commit.result(timeout=2), code.process_facts()
    run = Run.of(found.transform, name, params)
    run.argv, run.cwd, run.python = redacting.arguments(store, process.argv), process.cwd, process.python
    run.host, run.pid, run.pid_started = process.host, process.pid, process.pid_started
    if facts is not None:
        is_new = facts.dirty is False and found.path is not None and git.is_untracked(found.path, facts.root)
        run.git_commit, run.git_dirty = facts.commit, is_new or facts.dirty
        run.git_branch, run.git_remote = facts.branch, facts.remote
    return run


def _source_items(store: Store, found: Subject, run: Run) -> list[Item]:
    """Store the code as bytes first, so that a process that is killed leaves it behind."""
    if found.text is None or found.path is None:
        return []
    store.check_instance()
    text = redacting.text(store, found.text, found.path.name)
    placed = store.files.take_bytes(text.encode(), found.path.suffix)
    return [Item(Artifact.hidden("source", found.transform.key, found.path.suffix), placed, run.uid, "source")]


def _tell(found: Subject, run: Run, happened: str | None) -> None:
    verb = {"revised": "created new version of", "renamed": "renamed", "copied": "created (a copy has its own)"}
    began = from_micros(run.started_us or 0).strftime("%Y-%m-%d %H:%M:%S UTC")
    what = "noted" if happened is None else verb.get(happened, happened)
    say(f"{what} Transform('{found.transform.uid[:8]}'), started new Run('{run.uid[:8]}') at {began}")
    if found.is_notebook:
        _tell_imports(found)


def _tell_imports(found: Subject) -> None:
    packages = imports.imported_packages(found.text or "")
    if packages:
        say("notebook imports: " + " ".join(f"{name}=={version}" for name, version in sorted(packages.items())))
