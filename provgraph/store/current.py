"""The store of this process: which one it is, how it is opened, and its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from provgraph.engines.absent import Absent
from provgraph.engines.contract import Server
from provgraph.engines.driver import engine_at
from provgraph.engines.local import LocalEngine
from provgraph.errors import (
    EngineBusyError,
    InvalidValueError,
    NoInstanceError,
    SetupError,
)
from provgraph.guard import Guard
from provgraph.probes import cluster
from provgraph.registries import backend
from provgraph.storage.keys import working_directory
from provgraph.store import drafts
from provgraph.store.instances import identity, instance, servers, spaces
from provgraph.store.instances.servers import URL, address, named_in, with_environment
from provgraph.store.instances.settings import PREFIX, Settings
from provgraph.store.messages import say, warn
from provgraph.store.off import Off
from provgraph.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provgraph.engines.contract import Engine
    from provgraph.store.instances.instance import Instance

_guard = Guard()
"""Held while a store is opened or closed: threads whose first calls come together use one."""
_of_settings = Guard()
_current: Store | None = None
_look_after: Callable[[], None] | None = None
_leave: Callable[[Store], None] | None = None
_settings: Settings | None = None


def store() -> Store:
    """Give this process's store; the first call finds or makes the instance and opens it.

    Raises `NoInstanceError` where no instance may be made, `DamagedInstanceError`, `LoginError`,
    `EngineUnavailableError` and `SetupError` as their descriptions say. Writes the schema when the store is new.
    """
    return _current or _first()


def is_off() -> bool:
    """Say whether recording is off: by code, by `PROVGRAPH_MODE`, or by the instance's own setting."""
    return bool(settings().mode == "off")


def recorder(*, writes: bool) -> Store | Off:
    """Give what records stand on: this process's store, or while recording is off what stands for it."""
    if not is_off():
        return store() if writes or found() is not None else existing()
    OFF.tell()
    return OFF


def why_off() -> str:
    """Name what says that recording is off: the environment, the instance's setting, or code."""
    source = settings().where()["mode"]
    return {"environment": f"{PREFIX}MODE", "instance": "provgraph settings mode"}.get(source, "pg.settings.mode")


def watch_runs(look_after: Callable[[], None], leave: Callable[[Store], None]) -> None:
    """Set what is called when this process begins a run by hand, and when it leaves a store for another one.

    Tracking, which is above the store, calls this.
    """
    global _look_after, _leave
    _look_after, _leave = look_after, leave


def if_open() -> Store | None:
    """Give this process's store when it has opened one."""
    return _current


def settings() -> Settings:
    """Give the settings of this process, with those of the open instance, else of the one of the working directory."""
    global _settings  # noqa: PLW0603 - a process has one set
    with _of_settings.lock:
        _settings = _settings or Settings()
    if _current is None:
        try:
            here = found()
        except (SetupError, OSError):  # what opens the instance names it
            here = None
        if here is not None:
            _settings.join(here.settings, here.storage)
    return _settings


def existing(*, lenient: bool = False) -> Store:
    """Give this process's store, but make no instance; `NoInstanceError` when there is none.

    A server that `PROVGRAPH_URL` names needs no instance to be looked at; the first write makes it. `lenient` opens an
    instance also when a setting of it does not fit.
    """
    return _current or _existing(lenient=lenient)


@_guard
def _existing(*, lenient: bool) -> Store:
    if _current:
        return _current
    planned = chosen()
    if planned is None:
        raise no_instance("Make one: provgraph init.")
    return use(planned.checked(), strict=True, lenient=lenient, is_written=found() is not None)


def chosen() -> Instance | None:
    """Give the instance that is there, else what it will be on the server that the environment names; else None."""
    here = found()
    if here is None and os.environ.get(URL):
        return with_environment(instance.planned(instance.default_root(working_directory())))
    return here


def no_instance(advice: str) -> NoInstanceError:
    """Make the error that says that nothing is here."""
    return NoInstanceError(f"there is no instance in {working_directory()} or above", advice)


@_guard
def use(  # noqa: PLR0913 - each is a choice of its own
    chosen: Instance,
    *,
    shared: bool = False,
    quiet: bool = False,
    strict: bool = False,
    lenient: bool = False,
    is_written: bool = True,
    planned: Instance | None = None,
) -> Store:
    """Open an instance as this process's store; a graph that cannot be reached is an error when `strict`.

    A setting of it whose value does not fit is an error unless `lenient`. One that is not written yet is written by the
    first call that records; what is `planned` is written once the graph has let us in. The runs of this process go on
    when its own instance is opened again; in another one they end. When the instance cannot be opened the store stays
    the one that it was.
    """
    global _current  # noqa: PLW0603 - a process has one store
    check_can_open(chosen, lenient=lenient)
    before = _current
    is_same = before is not None and _is_same(before.instance, chosen)
    settings_, opened = settings(), None
    try:
        settings_.join(chosen.settings, chosen.storage)
        settings_.tell_unknown(chosen.file)
        opened = _opened(chosen, settings_, planned, shared=shared, strict=strict)
        if _look_after is not None:
            opened.at_first_run = _look_after
        if not is_written:
            opened.is_unwritten, opened.at_making = True, lambda: spaces.tell_joined(opened)
        if before is not None and is_same:
            opened.take_over(before)
        elif before is not None and _leave is not None:
            _leave(before)
        _current = opened
    except BaseException:
        if before is not None:
            settings_.join(before.instance.settings, before.instance.storage)
        if opened is not None:
            opened.ledger.close()
        raise
    if before is not None:
        before.ledger.close()
    opened.note_itself()
    if not quiet and opened.run is None:
        say(describe(opened))
        spaces.tell_joined(opened)
        opened.ledger.tell_left()
    opened.ledger.tell_apart()
    drafts.keep_left(opened)
    return opened


def _opened(chosen: Instance, wanted: Settings, planned: Instance | None, *, shared: bool, strict: bool) -> Store:
    engine = engine_of(chosen, wanted)
    try:
        opened = Store(chosen, engine, wanted, identity.whoami(shared=chosen.url is not None))
        opened.ledger.open(shared=shared, strict=strict)
        if not opened.ledger.apart:
            identity.keep_name(engine, opened.user)
        if planned is not None:
            instance.write(planned)
    except BaseException:
        engine.close()
        raise
    return opened


def _is_same(one: Instance, other: Instance) -> bool:
    """Say whether two are one instance, whatever its settings."""
    return (one.folder, one.url, one.space) == (other.folder, other.url, other.space)


def check_can_open(chosen: Instance, *, lenient: bool = False, restoring: bool = False) -> None:
    """Raise what keeps an instance from being opened, as far as is known before anything is written or closed."""
    if not restoring:
        chosen.check_restored()
    if _current is not None and not (
        _is_same(_current.instance, chosen) and _current.instance.storage == chosen.storage
    ):
        refuse_run()
    mine, tried = settings(), Settings()
    tried.load({name: getattr(mine, name) for name, source in mine.where().items() if source == "code"}, "code")
    tried.join(chosen.settings, chosen.storage)
    if not lenient and (faults := tried.damages(chosen.file)):
        raise faults[0]


def refuse_run() -> None:
    """Raise `InvalidValueError` while a run is on in this process."""
    if _current is not None and _current.run is not None:
        raise InvalidValueError(
            f"Run('{_current.run.uid[:8]}') is on in {_current.instance.folder}", "Call pg.finish() first."
        )


@_guard
def close() -> None:
    """Give back the connections of this process's store; the next call opens one anew."""
    global _current  # noqa: PLW0603 - a process has one store
    if _current is not None:
        _current.ledger.close()
        _current = None


def rest() -> None:
    """Give back the connections; a store without a run of this process is closed, another one connects again."""
    if _current is not None and (_current.run is not None or _current.opened):
        _current.ledger.close()
    else:
        close()


def forget() -> None:
    """Forget the settings that code has set; a new process begins so."""
    global _settings  # noqa: PLW0603 - a process has one set
    _settings = None


def describe(opened: Store) -> str:
    """Say in one line which store this is, where its files lie, and who works in it."""
    where = opened.instance.url or f"local engine in {_short(opened.instance.folder)}"
    return f"provgraph: {opened.space} on {where}, storage {_short(opened.files.root)}, user {opened.user.handle}"


def local_engine(chosen: Instance, wanted: Settings | None = None) -> LocalEngine:
    """Give the local engine of an instance; it is not started. Without settings it has those of this process."""
    wanted = wanted or settings()
    return LocalEngine(chosen.folder, idle=wanted.idle, ceiling=wanted.ceiling)


def _short(path: Path) -> str:
    """Write a path as a person would: relative to where they are, when it lies below."""
    here = working_directory()
    return f"./{path.relative_to(here).as_posix()}" if path.is_relative_to(here) else str(path)


def found() -> Instance | None:
    """Give the instance that is open in this process, else that of the working directory; None when there is none."""
    if _current is not None:
        return _current.instance
    here = instance.find(working_directory())
    return with_environment(here) if here is not None else None


@_guard
def _first() -> Store:
    here = found()
    return _current or (use(here.checked()) if here else _made(working_directory()))


def _made(start: Path) -> Store:
    planned = instance.planned(instance.default_root(start))
    made = keep(planned, with_environment(planned), strict=False)
    say(f"made {_short(made.instance.folder)} for this project")
    return made


def engine_of(chosen: Instance, wanted: Settings | None = None) -> Engine:
    """Give an instance's engine, with these settings or those of this process.

    The local one is started before the driver is imported, so that both happen at once; in a batch job it is not.
    """
    locator: Any
    if chosen.url is not None:
        locator = Server(address(chosen.url, named_in(chosen)))
    elif job := _job_without_engine(wanted or settings()):
        return Absent(_no_engine_in(job))
    else:
        locator = local_engine(chosen, wanted)
        if locator.owner() is None:
            locator.start()
    return engine_at(locator)


def _job_without_engine(wanted: Settings) -> str | None:
    """Name the batch job that this process belongs to, when no local engine is started in it."""
    return cluster.batch_job() if wanted.in_batch_jobs == "spool" else None


def _no_engine_in(job: str) -> EngineBusyError:
    return EngineBusyError(
        f"a batch job ({job}) starts no local engine",
        "Questions need the graph: ask where you log in, after 'provgraph sync', or let jobs use a server by "
        "PROVGRAPH_URL; PROVGRAPH_IN_BATCH_JOBS=engine starts the engine here all the same.",
    )


def keep(planned: Instance, chosen: Instance, *, shared: bool = False, strict: bool = True) -> Store:
    """Write what is planned and open what is chosen; on a server it is written once the server has let us in.

    In a batch job that starts no local engine it is opened without the graph.
    """
    check_can_open(chosen)
    before = instance.there(planned.root)
    if chosen.url is None:
        if not planned.folder.exists() and (kind := cluster.shared_file_system(planned.root)):
            warn(
                f"{planned.root} lies on {kind}, which several hosts can use: one at a time has the local engine, and "
                f"what the others record waits for 'provgraph sync'; for all at once use a server: {URL}"
            )
        opened = use(instance.write(planned), shared=shared, strict=strict and not _job_without_engine(settings()))
    else:
        opened = use(chosen, shared=shared, strict=strict, planned=planned)
    spaces.tell_joined(opened)
    servers.tell_of_return(before, chosen)
    servers.tell_of_environment(chosen)
    return opened


def there() -> Store | None:
    """Give the store that is there, opened; None where nothing is."""
    return existing() if chosen() is not None else None


OFF: Final = Off(there, why_off)
backend.bind(recorder)
