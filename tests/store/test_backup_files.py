"""A backup's file: a zip for everybody, whole or not there, of which every byte is checked before it is used."""

from __future__ import annotations

import json
import random
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.errors import (
    DamagedBackupError,
    InvalidValueError,
    MissingFileError,
    NoInstanceError,
    SetupError,
    WrongFileTypeError,
)
from provgraph.storage import archive
from provgraph.store import current
from provgraph.store.backups import writing
from provgraph.store.instances import instance, schema
from tests.support.backups import changed, flow, lose, small, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


def test_the_file_is_a_zip_for_everybody(store: Store) -> None:
    """Any program reads it: a line for each node and edge, and a manifest that counts them; its user alone may."""
    flow()
    pg.backup("lab.zip", files=True)
    assert Path("lab.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile("lab.zip") as held:
        manifest = json.loads(held.read("manifest.json"))
        nodes = [json.loads(each) for each in held.read("nodes.jsonl").splitlines()]
        edges = [json.loads(each) for each in held.read("edges.jsonl").splitlines()]
        assert held.testzip() is None
        assert held.read("files/own/root.csv") == b"root"
    assert (manifest["format"], manifest["schema"], manifest["space"]) == (1, schema.newest(), store.space)
    assert sum(manifest["nodes"].values()) == len(nodes)
    assert sum(manifest["edges"].values()) == len(edges)
    assert {"type", "from", "to", "properties"} == set(edges[0])
    assert [each for each in Path().iterdir() if each.name.startswith(".lab")] == []


def test_no_password_is_in_it() -> None:
    """An address may hold one."""
    pg.init()
    pg.Transform(name="Make").save()
    text = Path(".provgraph/config.json").read_text()
    current.close()
    chosen = instance.read(Path.cwd())
    from dataclasses import replace

    assert b"secret" not in writing._config(replace(chosen, url="neo4j://ada:secret@host:7687"))
    assert "host:7687" in writing._config(replace(chosen, url="neo4j://ada:secret@host:7687")).decode()
    assert "secret" not in text


@pytest.mark.usefixtures("store")
def test_a_backup_replaces_a_backup_and_nothing_else(project: Path) -> None:
    """Another file under its name stays, and so does what it held when it cannot be written whole."""
    pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    pg.Transform(name="Read").save()
    assert pg.backup("lab.zip").records == 2
    written("notes.zip", "mine")
    with pytest.raises(InvalidValueError, match="is no backup"):
        pg.backup("notes.zip")
    with pytest.raises(WrongFileTypeError, match="is a folder"):
        pg.backup(project)
    with pytest.raises(MissingFileError, match="there is no folder"):
        pg.backup("nowhere/lab.zip")
    with pytest.raises(InvalidValueError, match="neither True nor False"):
        pg.backup("lab.zip", files=1)  # type: ignore[arg-type]
    assert Path("notes.zip").read_text() == "mine"


def test_without_an_instance_there_is_nothing_to_back_up() -> None:
    """And nothing is made."""
    with pytest.raises(NoInstanceError):
        pg.backup("lab.zip")
    assert list(Path().iterdir()) == []


def test_files_that_are_not_as_they_were_saved_are_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """They are not in the backup; the others are."""
    flow()
    pg.Artifact.get(key="b.csv").path.unlink()
    before = pg.backup("lab.zip", files=True).files
    said = capsys.readouterr().err
    assert "! not in the backup, because they are missing, changed or hidden: " in said
    lose()
    assert pg.restore("lab.zip").files == before


def test_every_flipped_byte_is_found() -> None:
    """In any part of the file: nothing of it is written then."""
    path = small()
    data = path.read_bytes()
    chosen = random.Random(1)
    for place in {*range(0, len(data), 23), *range(len(data) - 120, len(data)), *range(64)}:
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << chosen.randrange(8))]) + data[place + 1 :])
        with pytest.raises(DamagedBackupError, match="is no whole backup"):
            pg.restore(path)
    for size in (0, 1, 80, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(DamagedBackupError, match="is no whole backup"):
            pg.restore(path)
    path.write_bytes(data + b"x")
    with pytest.raises(DamagedBackupError):
        pg.restore(path)
    assert not Path(".provgraph").exists()
    path.write_bytes(data)
    assert pg.restore(path).records == 3


def test_what_is_no_backup_is_refused(project: Path) -> None:
    """A missing file, a folder, another zip: each by its name, and nothing is made."""
    written("notes.txt", "mine")
    with zipfile.ZipFile("other.zip", "w") as other:
        other.writestr("a", "b")
    for name, error in (("gone.zip", MissingFileError), (".", WrongFileTypeError), ("notes.txt", DamagedBackupError),
                        ("other.zip", DamagedBackupError)):  # fmt: skip
        with pytest.raises(error, match=re.escape(str((project / name).resolve()))):
            pg.restore(name)
    assert not Path(".provgraph").exists()


def _slip(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda entries, _: entries.update({name: b"bad"})


def _no_end(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] = b"".join(each for each in entries["nodes.jsonl"].splitlines(True) if b'"User"' not in each)


def _fewer(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["edges.jsonl"] = b"".join(entries["edges.jsonl"].splitlines(True)[1:])


def _twice(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] += entries["nodes.jsonl"].splitlines(True)[0]


def _location(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["files.jsonl"] = entries["files.jsonl"].replace(b'"location":".store/', b'"location":"../../../')


def _no_kind(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] = entries["nodes.jsonl"].replace(b'{"datetime":', b'{"moment":')


def _says(**what: object) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda _, manifest: manifest.update(what)


def _gone(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    del entries["config.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_slip("../outside.txt"), "'../outside.txt' would lead out of the project"),
        (_slip("/outside.txt"), "would lead out"),
        (_slip("files/../../outside.txt"), "would lead out"),
        (_slip("files\\..\\outside.txt"), "would lead out"),
        (_location, "would lie outside of the storage"),
        (_no_end, "has no end"),
        (_fewer, "other numbers of nodes and edges"),
        (_twice, "there twice"),
        (_no_kind, "'moment'"),
        (_gone, "config.json"),
        (_says(schema=-3), "its schema is -3"),
        (_says(files="many"), "another number of files"),
        (_says(files=7), "another number of files"),
    ],
    ids=[
        "up",
        "absolute",
        "within",
        "backslash",
        "location",
        "no end",
        "fewer",
        "twice",
        "kind",
        "entry",
        "old",
        "many",
        "more",
    ],
)
def test_what_does_not_fit_together_is_refused(
    change: Callable[[dict[str, bytes], dict[str, Any]], None], said: str
) -> None:
    """Also when its bytes are vouched for; nothing is written, inside or outside of the project."""
    path = small()
    changed(path, change)
    there = sorted(Path().rglob("*")), sorted(Path("..").iterdir())
    with pytest.raises(DamagedBackupError) as caught:
        pg.restore(path)
    assert said in str(caught.value)
    assert (sorted(Path().rglob("*")), sorted(Path("..").iterdir())) == there


def test_a_link_in_it_is_refused() -> None:
    """It could lead anywhere."""
    path = small()

    def link(entries: dict[str, bytes], _: dict[str, Any]) -> None:
        entries["files/link"] = b"/etc/passwd"

    before = archive.PERMISSIONS
    try:
        archive.PERMISSIONS = 0o120777 << 16  # type: ignore[misc]
        changed(path, link)
    finally:
        archive.PERMISSIONS = before  # type: ignore[misc]
    with pytest.raises(DamagedBackupError, match="would lead out"):
        pg.restore(path)


def test_files_are_not_written_through_a_link(tmp_path: Path) -> None:
    """A link below the storage that leads out of it is not followed."""
    path = small()
    outside = tmp_path / "outside"
    outside.mkdir()
    Path(".provgraph/storage").mkdir(parents=True)
    Path(".provgraph/storage/.store").symlink_to(outside)
    with pytest.raises(DamagedBackupError, match="outside of the storage"):
        pg.restore(path)
    assert list(outside.iterdir()) == []
    assert [each.name for each in Path(".provgraph").iterdir()] == ["storage"]


@pytest.mark.parametrize("what", ["format", "schema"])
def test_a_newer_one_is_refused(what: str) -> None:
    """The error names both numbers and says to upgrade."""
    path = small()
    changed(path, lambda _, manifest: manifest.update({what: 99}))
    with pytest.raises(SetupError, match=rf"{what} 99 and this provgraph knows \d.*pip install -U provgraph"):
        pg.restore(path)
    assert not Path(".provgraph").exists()
