"""What a person sets up: the instance of a project, its server, its settings, and who they are."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provgraph.errors import InvalidValueError, check_flags
from provgraph.storage.keys import working_directory
from provgraph.store import current
from provgraph.store.instances import identity, instance
from provgraph.store.instances.servers import address, with_environment
from provgraph.store.instances.settings import NAMES, OF_ENGINE, Settings, no_setting
from provgraph.store.messages import say, warn

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.models import UserNode
    from provgraph.store.store import Store


def init(
    path: str | Path | None = None,
    *,
    storage: str | Path | None = None,
    url: str | None = None,
    name: str | None = None,
    shared: bool = False,
) -> Store:
    """Make or change the instance of a folder (by default the working directory) and open it.

    `storage` is the folder in which files lie (`.provgraph/storage`), `url` a Neo4j server, or "local" for the local
    engine, `name` the name of the space (the folder's name; on a server who gives the same name joins it,
    which is said), `shared` allows a database that holds nodes of others. Safe to repeat. Writes the schema, but not in
    a batch job, which starts no local engine.

    Raises `InvalidValueError` for a folder that is none or a name that cannot be one, `NoInstanceError` in the home
    folder, `/` and the temporary folder, `SetupError`, `LoginError` and `EngineUnavailableError` for a server that
    cannot be used, `DamagedInstanceError`, `WrongFileTypeError` for a storage that is a file, and
    `ReadOnlyStorageError`.

    >>> store = pg.init(storage="mydata", name="screen")
    >>> pg.settings.storage.root.name, pg.info()["space"]
    ('mydata', 'screen')
    """
    for argument, given in (("path", path), ("storage", storage)):
        if given is not None and (not isinstance(given, str | os.PathLike) or not str(given)):
            raise InvalidValueError(f"{argument}={given!r} is no path", "Give the path of a folder.")
    check_flags(shared=shared)
    root = instance.whole(path or ".")
    if path is None:
        instance.default_root(root)
    if not root.is_dir():
        raise InvalidValueError(f"{root} is not a folder", "Give the folder of a project.")
    if url not in {None, instance.LOCAL}:
        address(str(url))
    folder = instance.whole(storage) if storage else None
    around = instance.around(root)
    before = instance.planned(root)
    planned = instance.planned(root, space=name, storage=folder, url=url)
    if folder is not None:
        current.settings().follow_project()
    opened = current.keep(planned, planned if url else with_environment(planned), shared=shared)
    if around is not None:
        warn(f"the project {around} has an instance too: what is done below {root} goes to one of its own from now on")
    if planned.space != before.space and not opened.ledger.apart and opened.holds(before.space):
        warn(f"the records so far are in the space '{before.space}': pg.init(name='{before.space}') goes back to them")
    return opened


def connect(target: str | Path) -> Store:
    """Open the store at a server's URL, for this and later processes of this project, or the instance of a folder.

    "local" goes back from a server to the local engine; what was recorded on the server stays there. (A folder of that
    name is "./local".) What code says wins over `PROVGRAPH_URL`, in this process. Raises `SetupError` for a URL that is
    not one of Bolt's, `EngineUnavailableError`, `LoginError`, and `DamagedInstanceError` or `NoInstanceError` when the
    folder has no instance.

    >>> pg.connect("local").instance.url is None
    True
    """
    text = str(target)
    if isinstance(target, os.PathLike) or (text != instance.LOCAL and "://" not in text):
        return current.use(with_environment(instance.read(instance.whole(target))).checked(), strict=True)
    if text != instance.LOCAL:
        address(text)
    here = instance.find(working_directory())
    planned = instance.planned(here.root if here else instance.default_root(working_directory()), url=text).checked()
    return current.keep(planned, planned)


def keep_setting(name: str, value: Any) -> None:
    """Keep a setting for all later processes of this project, or forget it with None; the graph is not needed.

    Raises `UnknownFieldError` for a setting there is not, `InvalidValueError` for a value that does not fit,
    `NoInstanceError`, `ReadOnlyStorageError`. Writes `.provgraph/config.json`.
    """
    here = current.found()
    if here is None:
        raise current.no_instance("Make one: provgraph init.")
    kept = instance.change(here.root, lambda kept: replace(kept, settings=_with_setting(kept.settings, name, value)))
    current.settings().join(kept.settings, kept.storage)
    if name in OF_ENGINE and here.url is None and current.local_engine(here).owner() is not None:
        say(f"the local engine that runs keeps its {name} until it stops: provgraph stop (it starts again by itself)")


def _with_setting(kept: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Give the settings of a project with another value of one, or without it."""
    values = {key: each for key, each in kept.items() if key != name}
    if value is not None:
        values[name] = Settings({name: value}, {}).as_dict()[name]
    elif name not in {*NAMES, *kept}:
        raise no_setting(name)
    return values


def login(handle: str, name: str | None = None) -> UserNode:
    """Remember who I am, for this and all later processes of this person on this machine.

    A `name` becomes that of the User in each graph that this person works in from now on.

    >>> login("testuser1", name="Test User1").handle
    'testuser1'
    """
    user = identity.login(handle, name)
    say(f"logged in as {handle}")
    if (named := os.environ.get(identity.VARIABLE)) not in {None, "", handle}:
        warn(f"{identity.VARIABLE} names {named}, and wins over the login where it is set, as it is here")
    elif (opened := current.if_open()) is not None:
        opened.user = user
        if not opened.ledger.apart:
            identity.keep_name(opened.engine, user)
    return user


def logout() -> None:
    """Forget who I am, for all later processes.

    >>> logout()
    """
    say("logged out" if identity.logout() else "nobody was logged in")
