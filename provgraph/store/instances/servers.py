"""Which graph a project uses, a server or the local engine, and who says so."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from provgraph.engines.contract import Address, Credentials, what_is_wrong, without_secrets
from provgraph.errors import SetupError
from provgraph.store.instances import instance
from provgraph.store.messages import say, warn

if TYPE_CHECKING:
    from provgraph.store.instances.instance import Instance

URL: Final = "PROVGRAPH_URL"
"""The environment variable that names a server."""


def address(url: str, named_in: str = "") -> Address:
    """Make an address of a server's URL and of `NEO4J_USERNAME`, `NEO4J_PASSWORD`, `NEO4J_DATABASE`.

    `named_in` is where the URL stands, for errors. Raises `SetupError` for a URL that is not one of Bolt's.
    """
    if fault := what_is_wrong(url):
        raise SetupError(
            f"'{without_secrets(url)}' is not the address of a Neo4j server ({fault})",
            f"Write it as neo4j://host:7687 in {named_in}."
            if named_in
            else f"Write it as neo4j://host:7687, or {instance.LOCAL} for the local engine.",
        )
    password = os.environ.get("NEO4J_PASSWORD")
    writer = Credentials(os.environ.get("NEO4J_USERNAME", "neo4j"), password) if password is not None else None
    return Address(url, writer, database=os.environ.get("NEO4J_DATABASE") or None, named_in=named_in)


def with_environment(chosen: Instance) -> Instance:
    """Let the server that the environment names win over the instance's."""
    return replace(chosen, url=os.environ.get(URL) or chosen.url)


def named_in(chosen: Instance) -> str:
    """Say where the server of an instance is named: in the environment or in its configuration; else code has."""
    if os.environ.get(URL) == chosen.url:
        return URL
    before = instance.there(chosen.root)
    is_kept = before is not None and before.url == chosen.url
    return f"{chosen.file} (provgraph connect URL, or provgraph connect {instance.LOCAL})" if is_kept else ""


def is_new_to(chosen: Instance) -> bool:
    """Say whether an instance uses a server, in this space, for the first time, and note that it does."""
    if chosen.url is None or not chosen.folder.is_dir():
        return False
    kept, place = chosen.folder / "servers", f"{chosen.space} on {chosen.url}"
    known = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    if place in known:
        return False
    with contextlib.suppress(OSError):  # one that cannot be written says it again
        kept.write_text("".join(f"{each}\n" for each in (*known, place)), encoding="utf-8")
    return True


def way_back(chosen: Instance) -> str:
    """Say how a project leaves its server for the local engine."""
    return f"unset {URL}" if os.environ.get(URL) == chosen.url else "provgraph connect local"


def tell_of_environment(chosen: Instance) -> None:
    """Say that the environment names another server than the one that code has chosen."""
    if os.environ.get(URL) not in (None, "", chosen.url):
        warn(
            f"{URL} names {'another' if chosen.url else 'a'} server; it is used by processes that do not call connect()"
        )


def tell_of_return(before: Instance | None, chosen: Instance) -> None:
    """Say that a project has left its server, and that the records did not come along."""
    if before is not None and before.url is not None and chosen.url is None:
        say(f"back on the local engine; what was recorded on {before.url} stays there")
