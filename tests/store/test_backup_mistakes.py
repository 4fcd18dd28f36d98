"""What a restore must never do: take away, double, lock out, or write where it has no business."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.errors import EngineBusyError, InvalidValueError, ProvgraphError, StorageError, WrongFileTypeError
from provgraph.store import current
from provgraph.store.backups import automatic
from provgraph.store.instances import instance
from tests.support.backups import changed, lose, small, written
from tests.support.processes import held

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


def cut_off() -> None:
    """Let the project look as after a restore that was killed."""
    current.close()
    Path(".provgraph", instance.RESTORING).write_text("lab.zip")


def test_what_others_saved_meanwhile_is_never_removed() -> None:
    """A restore that was cut off is completed; records that the backup does not hold are named, and stay."""
    small()
    pg.restore("lab.zip")
    pg.Run.filter().one().delete()
    precious = pg.Artifact(written("precious.txt", "1"), key="precious.txt").save()
    cut_off()
    with pytest.raises(InvalidValueError, match="holds records that are not those of"):
        pg.restore("lab.zip")
    Path(".provgraph", instance.RESTORING).unlink()
    assert pg.Artifact.get(key="precious.txt") == precious


def test_the_error_of_one_that_was_cut_off_is_what_to_type() -> None:
    """The command with the file."""
    small()
    pg.restore("lab.zip")
    cut_off()
    with pytest.raises(ProvgraphError, match=r"was cut off.*provgraph restore 'lab\.zip'") as found:
        pg.Transform.filter().count()
    assert "\n" not in str(found.value)
    pg.restore("lab.zip")
    assert pg.Transform.filter().count() == 1


def test_files_that_cannot_come_back_lock_nothing() -> None:
    """The graph is whole, and stays open."""
    small()
    pg.restore("lab.zip")
    (stored,) = Path(".provgraph/storage/.store").rglob("*.csv")
    stored.unlink()
    stored.mkdir()
    with pytest.raises(StorageError):
        pg.restore("lab.zip")
    assert pg.Artifact.filter().count() == 1


def test_two_at_once_are_one_and_an_error() -> None:
    """Nothing is written twice."""
    small()
    pg.restore("lab.zip")
    current.close()
    with held(Path(".provgraph/restoring.lock")), pytest.raises(EngineBusyError, match="another process restores"):
        pg.restore("lab.zip")
    assert pg.check() == []


def test_a_backup_is_written_to_files_alone() -> None:
    """A pipe or a device is refused; a link goes on leading to the file."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    os.mkfifo("pipe")
    with pytest.raises(WrongFileTypeError, match="neither a file nor a folder"):
        pg.backup("pipe")
    Path("else").mkdir()
    Path("link.zip").symlink_to("else/lab.zip")
    pg.backup("link.zip")
    pg.backup("link.zip")
    assert Path("link.zip").is_symlink()
    assert Path("else/lab.zip").is_file()


def test_the_project_s_own_folder_as_storage_comes_back() -> None:
    """Its files lie where they lay."""
    pg.init(name="lab", storage=".")
    pg.Artifact(written("x.txt", "one"), key="x.txt", run=False).save()
    pg.backup("../lab.zip", files=True)
    lose()
    Path("x.txt").unlink(missing_ok=True)
    pg.restore("../lab.zip")
    assert Path(str(pg.info()["storage"])) == Path.cwd()
    assert Path("x.txt").read_text() == "one"
    assert pg.verify().is_well


def test_the_last_one_is_that_of_this_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the project around it."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    (project / "within").mkdir()
    monkeypatch.chdir(project / "within")
    pg.init(project / "within", name="within")
    pg.stop()
    with pytest.raises(ProvgraphError, match="no backup of"):
        pg.restore()


def test_a_project_that_is_reached_by_a_link_has_the_same_backups(tmp_path: Path) -> None:
    """Whatever its path is called."""
    (tmp_path / "link").symlink_to(tmp_path / "my_project")
    assert automatic.folder(tmp_path / "link") == automatic.folder(tmp_path / "my_project")


@pytest.mark.parametrize("storage", [".git", "data/.git", ".provgraph", ".provgraph/engine", ".provgraph/storages"])
def test_a_backup_from_elsewhere_does_not_choose_hidden_folders(storage: str) -> None:
    """Its files go into the usual storage."""

    def into(entries: dict[str, bytes], _: dict[str, Any]) -> None:
        entries["config.json"] = json.dumps({**json.loads(entries["config.json"]), "storage": storage}).encode()

    changed(small(), into)
    pg.restore("lab.zip")
    assert pg.info()["storage"].endswith(".provgraph/storage")


@pytest.mark.parametrize("storage", [".", ".provgraph/storage", "data"])
@pytest.mark.parametrize("location", [".git/config", "raw/.env", ".provgraph/config.json"])
def test_a_backup_from_elsewhere_brings_no_hidden_files(storage: str, location: str) -> None:
    """Other programs could run what they say; nothing at all is written, and the file is named."""

    def into(entries: dict[str, bytes], _: dict[str, Any]) -> None:
        entries["config.json"] = json.dumps({**json.loads(entries["config.json"]), "storage": storage}).encode()
        about = json.loads(entries["files.jsonl"])
        entries["files.jsonl"] = json.dumps({**about, "location": location, "placed": "root"}).encode() + b"\n"

    changed(small(), into)
    before = sorted(Path().rglob("*"))
    with pytest.raises(InvalidValueError, match=f"a hidden file, '{re.escape(location)}'.*nothing was written"):
        pg.restore("lab.zip")
    assert sorted(Path().rglob("*")) == before


def test_hidden_files_are_not_in_a_backup(capsys: pytest.CaptureFixture[str]) -> None:
    """As no restore would bring them back; they are named, and all else comes back."""
    pg.init(name="lab")
    pg.Artifact(written(".provgraph/storage/.own/a.csv", "hidden"), run=False).save()
    pg.Artifact(written(".provgraph/storage/own/b.csv", "seen"), run=False).save()
    pg.backup("lab.zip", files=True)
    assert "not in the backup, because they are missing, changed or hidden: .own/a.csv" in capsys.readouterr().err
    lose()
    assert pg.restore("lab.zip").files == 1
    assert Path(".provgraph/storage/own/b.csv").read_text() == "seen"


def test_a_name_that_no_disk_takes_is_named(store: Store) -> None:
    """As every name that cannot be written."""
    del store
    with pytest.raises(StorageError, match="cannot be written"):
        pg.backup(f"{'a' * 300}.zip")
