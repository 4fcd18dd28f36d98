"""Who I am: the handle under which records are created."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
from typing import TYPE_CHECKING, Final

import platformdirs

from provgraph import statements
from provgraph.errors import InvalidValueError, LoginError, ProvgraphError, ReadOnlyStorageError
from provgraph.models import HANDLE, UserNode, slots
from provgraph.probes import git
from provgraph.storage import durable

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.engines.contract import Engine

VARIABLE: Final = "PROVGRAPH_USER"
"""The environment variable that says who works here, before any login."""
NOBODY: Final = frozenset({"root", "jovyan", "admin", "administrator", "user", "ubuntu", "nobody", "default"})
"""System names that many people share; on a server they would make all of them one person."""


def whoami(*, shared: bool) -> UserNode:
    """Say who works here: `PROVGRAPH_USER`, else the login, git's user, the system's user.

    On a shared store (a server) a system name such as root raises `LoginError`.
    """
    if handle := os.environ.get(VARIABLE):
        return UserNode(handle=checked_handle(handle))
    return _logged_in() or _git_user() or _system_user(shared=shared)


def login(handle: str, name: str | None = None) -> UserNode:
    """Remember who I am, for this and all later processes of this person on this machine."""
    user = UserNode(handle=checked_handle(handle), name=name)
    path = _file()
    try:
        durable.make_folder(path.parent)
        durable.write(path, f"{json.dumps({'handle': handle, 'name': name})}\n".encode())
    except OSError as error:
        raise _closed(path, error) from None
    return user


def keep_name(engine: Engine, user: UserNode) -> None:
    """Give a user's node the name with which this person has logged in, when it has another or none."""
    known = _logged_in()
    if known is None or known.name is None or (known.handle, known.name) != (user.handle, user.name):
        return
    asked = {"slot": slots.of_user(user.handle), "name": user.name}
    with contextlib.suppress(ProvgraphError):  # the next time will do
        engine.write(lambda transaction: transaction.run(statements.load("users/rename"), **asked))


def logout() -> bool:
    """Forget who I am; False when nobody was logged in."""
    try:
        _file().unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _closed(_file(), error) from None
    return True


def checked_handle(handle: str) -> str:
    """Give the handle back when it is one; `InvalidValueError` when not.

    >>> checked_handle("testuser1")
    'testuser1'
    """
    if not isinstance(handle, str) or not re.fullmatch(HANDLE, handle):
        raise InvalidValueError(
            f"{handle!r} cannot be a handle", "Use up to 100 characters without spaces, '/' or ':'."
        )
    return handle


def _closed(path: Path, error: OSError) -> ReadOnlyStorageError:
    return ReadOnlyStorageError(
        f"{path} cannot be written ({error.strerror})", f"Mend its folder, or say who you are by {VARIABLE}."
    )


def _file() -> Path:
    return platformdirs.user_config_path("provgraph") / "user.json"


def _logged_in() -> UserNode | None:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
        return UserNode(handle=kept["handle"], name=kept.get("name"))
    except (OSError, ValueError, KeyError, TypeError, InvalidValueError):
        return None


def _git_user() -> UserNode | None:
    name = git.git_user() or ""
    handle = re.sub(r"[\s/\\:]+", "-", name.lower())[:100].strip("-")
    return UserNode(handle=handle, name=name) if handle else None


def _system_user(*, shared: bool) -> UserNode:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "nobody"
    if shared and name.lower() in NOBODY:
        raise LoginError(f"'{name}' is a name that many share", "Say who you are: provgraph login HANDLE.")
    return UserNode(handle=checked_handle(re.sub(r"[\s/\\:]+", "-", name)))
