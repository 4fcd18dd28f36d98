"""What one does with the store as a whole: save many records, describe it, stop the engine, delete the instance."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.errors import (
    DamagedInstanceError,
    EngineError,
    InvalidValueError,
    NoInstanceError,
    ProvgraphError,
    SetupError,
    UsageError,
    check_flags,
    shown,
)
from provgraph.models import Node
from provgraph.storage.keys import working_directory
from provgraph.store import current, sharing
from provgraph.store.adding import add
from provgraph.store.backups import automatic
from provgraph.store.instances import identity, instance, removing, schema, servers, spaces
from provgraph.store.instances.mark import marks, waiting
from provgraph.store.ledger.spooling import Spool
from provgraph.store.messages import say, warn
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from provgraph.store.ledger.spooling import Synced
    from provgraph.store.store import Store

REMOVED_AT_ONCE = 5_000
"""Nodes a transaction removes; larger ones cost both engines much memory."""


def save(records: Node | Iterable[Node]) -> None:
    """Write many records in one transaction, all or none.

    Raises what the records' own `save()` raises; then nothing is written.

    >>> pg.save([pg.Transform(name="align"), pg.Transform(name="plot")])
    >>> pg.Transform.filter().count()
    2
    """
    is_none = isinstance(records, str | bytes | type) or not hasattr(records, "__iter__")
    listed: list[Any] = [records] if isinstance(records, Node) or is_none else list(records)
    for each in listed:
        if not isinstance(each, Node):
            raise InvalidValueError(
                f"{shown(each)} is not a record", "Give a list of records, such as pg.Artifact(...)."
            )
        each.must_be_savable()
    if listed:
        current.recorder(writes=True).save(listed)


def info() -> dict[str, str]:
    """Say which store this is: space, folder, engine, storage, user, and what of its spool is in no graph yet.

    Raises `NoInstanceError` when there is none; nothing is made.

    >>> store = pg.init(name="screen")
    >>> pg.info()["space"], pg.info()["engine"]
    ('screen', 'local')
    """
    store = current.existing()
    facts = _facts(store.instance, store.user.handle, "; ".join(store.ledger.spool.left()))
    return {**facts, "storage": str(store.files.root)}


def known() -> tuple[dict[str, str], ProvgraphError | None]:
    """Say which store this is as far as can be said without the graph, and why the graph cannot be used, if so.

    Raises what looking for the instance raises.
    """
    found = current.chosen()
    try:
        return info(), None
    except DamagedInstanceError:
        raise
    except (EngineError, SetupError) as error:
        if found is None:
            raise
        user = ""
        with contextlib.suppress(UsageError, SetupError):
            user = identity.whoami(shared=found.url is not None).handle
        return {**_facts(found, user, _kept(found)), "graph": "not reached"}, error


def _facts(found: instance.Instance, user: str, unwritten: str) -> dict[str, str]:
    return {
        "space": found.space,
        "instance": str(found.folder),
        "engine": found.url or "local",
        "storage": str(found.storage),
        "user": user,
        **_last_backup(found),
        **({"in no graph yet": unwritten} if unwritten else {}),
    }


def _last_backup(found: instance.Instance) -> dict[str, str]:
    """Say when the last backup was kept by itself, where one was."""
    at = automatic.last_at(found.root)
    return {} if at is None else {"backup": f"{at:%Y-%m-%d %H:%M:%S} UTC in {automatic.folder(found.root)}"}


def sync(*, retry_refused: bool = False, kept_for: str | None = None) -> Synced:
    """Bring in what waits in the spool, and give how many calls that were, and those that could not be brought in.

    Calls wait there when the graph could not be reached, and those of batch jobs. They are written in the order of
    their times, each once, however often this is repeated or interrupted; opening the store does the same. What cannot
    be written (its run was deleted meanwhile, say) is put aside in `.provgraph/spool/refused/` with the reason;
    `retry_refused` tries that again. `kept_for` is an address for which calls were kept, and which was wrong or is so
    now: they are brought in here instead.

    Raises `NoInstanceError` when there is none, `InvalidValueError` when nothing is kept for that address, and
    `EngineUnavailableError` or `EngineBusyError` while the graph cannot be reached.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.sync().applied
    0
    """
    check_flags(retry_refused=retry_refused)
    store = current.existing()
    if retry_refused:
        store.ledger.spool.take_back()
    if kept_for is not None:
        store.ledger.spool.take_over(kept_for)
    store.ledger.retry()
    return store.ledger.synced


def stop() -> bool:
    """Stop the local engine of this project; it starts again by itself. False when it did not run.

    A run that is on in this process goes on: the next call that needs the graph starts the engine.

    When something was recorded since the last one, a backup of the graph is kept in the user's data folder, from which
    `pg.restore()` gets it back; `pg.settings.backups = "off"` keeps none.

    Raises `NoInstanceError` when there is no instance, `EngineBusyError` when another host owns its store.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.stop(), pg.stop(), pg.Transform.filter().count()
    (True, False, 1)
    """
    found = current.found()
    if found is None:
        raise NoInstanceError(f"there is no instance in {working_directory()} or above", "There is nothing to stop.")
    current.rest()
    if current.settings().backups == "on" and (trouble := automatic.keep_before_stop(found, quickly=True)):
        warn(f"no backup was kept: {trouble}")
    stopped = current.local_engine(found).stop()
    say("stopped the local engine" if stopped else "the local engine was not running")
    return stopped


def delete(*, force: bool = False, backups: bool = False) -> None:
    """Delete this project's instance: the records of its space and the files that provgraph wrote.

    That is the instance that is open in this process, else that of the working directory. Files that lie in a storage
    folder by themselves stay, and so do the records of other spaces. Without `force` an instance that holds records
    raises `InvalidValueError`, which names the others whose records would go; with it that is said. Calls that wait in
    the spool, or were put aside there, count as records. Where there is none `NoInstanceError`. When the server that
    holds the records cannot be reached, nothing is deleted, and the error says how to go on.

    Copies in the storage that were stored for another graph too are left, which is said: only that graph knows whether
    it wants them.

    What cannot be removed is `ReadOnlyStorageError` or `StorageError`, which names it; deleting can be repeated.

    Backups that were kept in the user's data folder stay, which is said, unless `backups` removes them too.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.delete(force=True)
    >>> Path(".provgraph").exists()
    False
    """
    check_flags(force=force, backups=backups)
    found = current.found()
    if found is None:
        if backups and automatic.kept(working_directory()):
            _leave_backups(working_directory(), remove=True)
            return
        raise NoInstanceError(f"there is no instance in {working_directory()} or above", "There is nothing to delete.")
    server = _delete_records(found, force=force) if found.url is not None else None
    if found.url is None and not force:
        _refuse_records(current.existing())
        _refuse_kept(found)
    if kept := _kept(found):
        warn(f"with {found.folder} go calls that are in no graph: {kept}")
    others = _other_graphs(found, server)
    current.close()
    current.local_engine(found).stop()
    _remove_files(found, others)
    say(f"deleted {found.folder}")
    if others:
        say(
            f"left in {_copies(found)}: copies that were stored for other graphs too ({'; '.join(others)}); "
            "when none of them wants these any more, remove that folder"
        )
    elif found.folder.exists():
        say(f"the files in {found.storage} that provgraph did not write are left")
    _leave_backups(found.root, remove=backups)


def _leave_backups(root: Path, *, remove: bool) -> None:
    """Say which backups are still there, or remove them."""
    if remove:
        say(f"removed {counted(automatic.remove(root), 'backup')}")
    elif there := automatic.kept(root):
        left = f"left in {automatic.folder(root)}: {counted(len(there), 'backup')}"
        say(f"{left} (provgraph restore --last gets the records back, provgraph delete --backups removes what is left)")


def _refuse_records(store: Store) -> None:
    """Raise when the local graph holds records of any space: it goes as a whole."""
    for space, count in store.engine.read(statements.load("store/spaces")):
        raise InvalidValueError(f"the space '{space}' holds {counted(count, 'record')}", spaces.FOR_GOOD)


def _kept(found: instance.Instance) -> str:
    """Name the calls that wait in the instance's spool, those for another graph and those that were put aside too."""
    kept = Spool(found, remembers=False)
    calls = [(each.kept.path, len(each.kept.entries)) for each in kept.waiting() if each.kept.entries]
    waiting = [f"{path}: {counted(count, 'waiting call')}" for path, count in calls]
    return "; ".join([*waiting, *kept.left()])


def _refuse_kept(found: instance.Instance) -> None:
    """Raise when calls wait in the spool: with the instance they would go, and they are in no graph yet."""
    if kept := _kept(found):
        raise InvalidValueError(
            f"{found.folder} holds calls that are in no graph: {kept}",
            f"Bring them in: provgraph sync (--retry-refused for what was put aside). {spaces.FOR_GOOD}",
        )


def _delete_records(found: instance.Instance, *, force: bool) -> str | None:
    """Remove the records of the space from the server, and give which graph that is.

    Where that cannot be, the instance stays as it is.
    """
    try:
        store = current.existing(lenient=force)
        (spaces.tell_others if force else spaces.refuse_records)(store)
        if not force:
            _refuse_kept(found)
        graph = schema.known_identity(store.engine)
        _empty(store)
    except DamagedInstanceError:
        raise
    except (EngineError, SetupError) as error:
        raise type(error)(
            f"the instance stays: the records of '{found.space}' on {found.url} cannot be removed ({error.happened})",
            "Reach the server, and delete again. To leave its records there and delete the rest: "
            f"{servers.way_back(found)}, then provgraph delete --force.",
        ) from error
    return graph


def _empty(store: Store) -> None:
    """Remove the records of the space, a part in each transaction."""
    statement = statements.load("store/remove_space")
    while store.engine.write(lambda tx: tx.run(statement, space=store.space, most=REMOVED_AT_ONCE))[0][0]:
        pass


def _copies(found: instance.Instance) -> Path:
    from provgraph.store.files import CONTENT_FOLDER

    return found.storage / CONTENT_FOLDER / found.space


def _other_graphs(found: instance.Instance, server: str | None) -> list[str]:
    """Give what is noted of other graphs beside the copies, than that of the server and the project's own engine's."""
    known = marks(found.root, found.storage)
    own = {*known, *map(waiting, known), server}
    others = {graph: line for graph, line in sharing.noted(_copies(found)).items() if graph not in own}
    local = _local_graph(found) if others else None
    return [line for graph, line in others.items() if graph != local]


def _local_graph(found: instance.Instance) -> str | None:
    """Ask the project's own engine which graph it has, as copies of earlier versions are noted by that.

    None when there is none, or it cannot be asked.
    """
    local = current.local_engine(found)
    if local.owner() is None and not local.files.database.is_dir():
        return None
    with contextlib.suppress(EngineError, SetupError):
        engine = current.engine_of(replace(found, url=None))
        with contextlib.closing(engine):
            return schema.known_identity(engine)
    return None


def _remove_files(found: instance.Instance, others: list[str]) -> None:
    """Remove what provgraph wrote; copies that are for other graphs too stay, and name these alone."""
    copies = _copies(found)
    if others:
        with contextlib.suppress(OSError):  # a line too many keeps copies, and loses none
            sharing.keep(copies, others)
    else:
        removing.remove_tree(copies)
        if copies.parent.is_dir() and not any(copies.parent.iterdir()):
            removing.remove_tree(copies.parent)
    removing.remove(found)


__all__ = ["add", "delete", "info", "save", "stop", "sync"]
