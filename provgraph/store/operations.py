"""What one does with the store as a whole: save many records, ask in Cypher, stop the engine, delete the instance."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.errors import InvalidValueError, NoInstanceError
from provgraph.models import Node, iso
from provgraph.store import current, instance
from provgraph.store.adding import add
from provgraph.store.messages import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from provgraph.store.store import Store

REMOVED_AT_ONCE = 5_000
"""Nodes a transaction removes; larger ones cost both engines much memory."""


class Answer(list[dict[str, Any]]):
    """The rows of a query, each a dict of column and value."""

    def __init__(self, columns: list[str], rows: Iterable[list[Any]]) -> None:
        """Keep the columns' order for `df()`, also when there is no row."""
        self.columns = columns
        super().__init__(dict(zip(columns, map(_plain, row), strict=True)) for row in rows)

    def df(self) -> pd.DataFrame:
        """Give the rows as a DataFrame, its columns in the query's order."""
        import pandas as pd

        return pd.DataFrame(list(self), columns=self.columns)


def save(records: Node | Iterable[Node]) -> None:
    """Write many records in one transaction, all or none.

    Raises what the records' own `save()` raises; then nothing is written.

    >>> pg.save([pg.Transform(name="align"), pg.Transform(name="plot")])
    >>> pg.Transform.filter().count()
    2
    """
    listed = [records] if isinstance(records, Node) else list(records)
    wrong = next((each for each in listed if not isinstance(each, Node)), None)
    if wrong is not None:
        raise InvalidValueError(f"{wrong!r} is not a record", "Give a list of records, such as pg.Artifact(...).")
    if listed:
        current.store().save(listed)


def cypher(query: str, /, *, write: bool = False, **parameters: Any) -> Answer:
    """Run a Cypher query and give its rows; it may only read, unless `write=True`.

    Parameters may be records (their uid is passed), datetimes (ISO text, for `datetime($at)`) and paths (text). The
    query may take `pg.settings.deadline` seconds.

    Raises `QueryError` for a query that is wrong or writes, `DeadlineError` for one that takes too long.

    >>> saved = pg.Transform(name="align", type="script").save()
    >>> pg.cypher("MATCH (t:Transform {uid: $t}) RETURN t.name AS name, t.type AS type", t=saved)
    [{'name': 'align', 'type': 'script'}]
    """
    store = current.existing()
    values = {name: _parameter(value) for name, value in parameters.items()}
    answer = store.engine.ask(query, values, write=write, deadline=float(store.settings.deadline))
    return Answer(answer.columns, answer.rows)


def info() -> dict[str, str]:
    """Say which store this is: space, folder, engine, storage, user.

    Raises `NoInstanceError` when there is none; nothing is made.

    >>> store = pg.init(name="screen")
    >>> pg.info()["space"], pg.info()["engine"]
    ('screen', 'local')
    """
    store = current.existing()
    return {
        "space": store.space,
        "instance": str(store.instance.folder),
        "engine": store.instance.url or "local",
        "storage": str(store.instance.storage),
        "user": store.user.handle,
    }


def stop() -> bool:
    """Stop the local engine of this project; it starts again by itself. False when it did not run.

    Raises `NoInstanceError` when there is no instance, `EngineBusyError` when another host owns its store.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.stop(), pg.stop(), pg.Transform.filter().count()
    (True, False, 1)
    """
    found = current.found()
    if found is None:
        raise NoInstanceError(f"there is no instance in {Path.cwd()} or above", "There is nothing to stop.")
    current.close()
    stopped = current.local_engine(found).stop()
    say("stopped the local engine" if stopped else "the local engine was not running")
    return stopped


def delete(*, force: bool = False) -> None:
    """Delete this project's instance: the records of its space and the files that provgraph wrote.

    That is the instance that is open in this process, else that of the working directory. Files that lie in a storage
    folder by themselves stay, and so do the records of other spaces. Without `force` an instance that holds records
    raises `InvalidValueError`; where there is none `NoInstanceError`.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.delete(force=True)
    >>> Path(".provgraph").exists()
    False
    """
    found = current.found()
    if found is None:
        raise NoInstanceError(f"there is no instance in {Path.cwd()} or above", "There is nothing to delete.")
    local = found.url is None
    if not force:
        _refuse_records(current.existing(), local=local)
    if not local:
        _empty(current.existing())
    current.close()
    current.local_engine(found).stop()
    _remove_files(found)
    say(f"deleted {found.folder}")
    if found.folder.exists():
        say(f"the files in {found.storage} that provgraph did not write are left")


def _refuse_records(store: Store, *, local: bool) -> None:
    """Raise when there are records; a local graph goes as a whole, so there every space counts."""
    rows = store.engine.read(statements.load("store/spaces"))
    space, count = next(((space, nodes) for space, nodes in rows if local or space == store.space), ("", 0))
    if count:
        raise InvalidValueError(
            f"the space '{space}' holds {count} records", "To delete them for good, call delete with force."
        )


def _empty(store: Store) -> None:
    """Remove the records of the space, a part in each transaction."""
    statement = statements.load("store/remove_space")
    while store.engine.write(lambda tx: tx.run(statement, space=store.space, most=REMOVED_AT_ONCE))[0][0]:
        pass


def _remove_files(found: instance.Instance) -> None:
    from provgraph.store.files import CONTENT_FOLDER

    copies = found.storage / CONTENT_FOLDER
    instance.remove_tree(copies / found.space)
    if copies.is_dir() and not any(copies.iterdir()):
        copies.rmdir()
    instance.remove(found)


def _parameter(value: Any) -> Any:
    if isinstance(value, Node):
        return value.uid
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo else iso(int(value.astimezone().timestamp() * 1e6))
    if isinstance(value, list | tuple | set | frozenset):
        return [_parameter(each) for each in value]
    return value


def _plain(value: Any) -> Any:
    """Turn the driver's values into Python's: times into datetimes, nodes and edges into dicts."""
    if hasattr(value, "to_native"):
        return value.to_native()
    if hasattr(value, "items") and hasattr(value, "element_id"):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


__all__ = ["Answer", "add", "cypher", "delete", "info", "save", "stop"]
