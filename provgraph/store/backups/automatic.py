"""Backups that are kept by themselves, in the user's data folder: `git clean -fdx` in a project leaves them."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from provgraph.engines.contract import Server
from provgraph.engines.driver import engine_at
from provgraph.errors import DamagedBackupError, ProvgraphError
from provgraph.models import from_micros, now_us
from provgraph.storage import durable
from provgraph.storage.archive import MANIFEST, UNFIT, draft_beside, publish
from provgraph.storage.hashing import bytes_hash
from provgraph.store.instances import instance, removing
from provgraph.store.instances.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from provgraph.store.instances.instance import Instance

LAST: Final = 5
"""How many are kept of each project, besides the newest of graphs that it had before."""
DIGITS: Final = 16
TIME: Final = "%Y-%m-%dT%H%M%S.%fZ"
"""How a file is named: by its time in UTC, so that names are in the order of times."""


def home() -> Path:
    """Give the folder of all of them."""
    return platformdirs.user_data_path("provgraph") / "backups"


def folder(root: Path) -> Path:
    """Give the folder of those of one project: its name, and what tells its path from others."""
    there = root.resolve()
    return home() / f"{instance.default_space(there)}-{bytes_hash(os.fsencode(there))[:DIGITS]}"


def kept(root: Path) -> list[Path]:
    """Give those of a project, the newest last."""
    return _in(folder(root))


def _in(place: Path) -> list[Path]:
    return sorted(place.glob("[0-9]*Z.zip"))


def of_graphs(root: Path) -> list[Path]:
    """Give the newest of each graph that the project ever had, the newest last."""
    return sorted({_graph(each): each for each in kept(root)}.values())


def newest_of_all() -> list[Path]:
    """Give the newest of each folder that has some, of any project, the newest first: a project may have been moved."""
    newest = [path for place in home().glob("*") for path in _in(place)[-1:]]
    return sorted(newest, key=lambda path: path.name, reverse=True)


def last_at(root: Path) -> datetime | None:
    """Say when the last one was made, None when there is none."""
    from datetime import UTC, datetime

    for each in reversed(kept(root)):
        with contextlib.suppress(ValueError):
            return datetime.strptime(each.stem, TIME).replace(tzinfo=UTC)
    return None


def remove(root: Path) -> int:
    """Remove those of a project, and say how many there were."""
    there = kept(root)
    removing.remove_tree(folder(root))
    return len(there)


def keep(of: Instance, *, quickly: bool = False) -> Path | None:
    """Keep a backup of the local engine of an instance that runs now, the last five of them.

    None when there is nothing to keep: the settings say that none is, the engine does not run, nothing was recorded, or
    nothing changed since the last one. `quickly` does not read everything to see that: what a person's own query
    changed goes with the next record. Raises what `pg.backup` raises.
    """
    from dataclasses import replace

    from provgraph.engines.local import LocalEngine

    if Settings(_usable(of.settings)).backups == "off" or (of.folder / instance.RESTORING).exists():
        return None
    answering = LocalEngine(of.folder).answering()
    return _keep(replace(of, url=None), Server(answering), quickly=quickly) if answering is not None else None


def _usable(settings: dict[str, object]) -> dict[str, object]:
    """Give the setting that counts here, if it is kept; others may be a newer provgraph's."""
    return {name: value for name, value in settings.items() if name == "backups" and value in ("on", "off")}


def _keep(of: Instance, server: Server, *, quickly: bool) -> Path | None:
    from provgraph.store.backups.reading import seal
    from provgraph.store.backups.writing import records_in, spaces_of, write
    from provgraph.store.instances import schema

    engine, last = engine_at(server), _last(of.root)
    try:
        if schema.version(engine) == 0 or (quickly and seal(engine, spaces_of(engine, of)) == last.get("seal")):
            return None
        schema.identity(engine)  # the backup says of which graph it is
        place = folder(of.root)
        place.mkdir(0o700, parents=True, exist_ok=True)
        path = place / f"{from_micros(now_us()).strftime(TIME)}.zip"
        with draft_beside(path) as draft:
            made = write(draft, engine, of)
            if not records_in(made) or made["entries"] == last.get("entries"):
                return None
            durable.flush(place.parent)
            publish(draft, path)
    finally:
        engine.close()
    _remove_old(of.root)
    return path


def _remove_old(root: Path) -> None:
    """Leave the last five, and the newest of each graph: it may be lost by accident."""
    newest = of_graphs(root)
    for old in kept(root)[:-LAST]:
        if old not in newest:
            old.unlink(missing_ok=True)


def _graph(path: Path) -> object:
    """Say of which graph a backup is, as far as it can be read."""
    with contextlib.suppress(*UNFIT), zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(MANIFEST)).get("graph")
    return None


def _last(root: Path) -> dict[str, Any]:
    """Give the manifest of the last one, an empty one when there is none that is whole."""
    from provgraph.store.backups.writing import manifest_of

    with contextlib.suppress(DamagedBackupError, IndexError):
        return manifest_of(kept(root)[-1])
    return {}


def keep_before_stop(of: Instance, *, quickly: bool = False) -> str | None:
    """Keep a backup of an engine that is about to stop; why that could not be, in words, None when all is well."""
    try:
        keep(of, quickly=quickly)
    except (ProvgraphError, OSError) as error:
        return str(error)
    return None
