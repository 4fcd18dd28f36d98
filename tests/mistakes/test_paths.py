"""Names of files that lead elsewhere, or look as if: what is saved lies within the storage, whatever it is called."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import provgraph as pg
from provgraph import errors

if TYPE_CHECKING:
    from tests.mistakes.world import World

PLAIN: Final = {
    "a device of Windows": "CON.csv",
    "a folder that Windows has as a device": "aux/nul.csv",
    "a stream of Windows": "a.csv:stream.csv",
    "a dot at a folder's end": "x./a.csv",
    "a blank at the end": "a .csv",
    "two dots in one character": "\u2025/a.csv",
    "wide dots": "\uff0e\uff0e/a.csv",
    "a slash that divides": "..\u2215a.csv",
    "a wide backslash": "..\uff3ca.csv",
    "a letter of another alphabet": "\u0430.csv",
    "an accent by itself": "e\u0301.csv",
    "the same accent": "\u00e9.csv",
    "a direction": "a\u202egpj.csv",
    "a character of no width": "a\u200b.csv",
    "dots that lead nowhere": ".../a.csv",
    "a folder that is a file's key": "taken.csv/a.csv",
    "a key that is another's folder": "taken.csv",
    "a home that is none": "x/~/a.csv",
    "a hidden file": ".hidden/.a.csv",
    "the name of a copy": ".store/aa/aa.csv",
    "1,024 characters": "k" * 1020 + ".csv",
}
"""Keys that name a file as any other does: a copy's name is its hash, so no system reads them as paths."""


def outside(world: World) -> list[Path]:
    """Give what of the storage lies elsewhere."""
    root = world.store.instance.storage.resolve()
    return [path for path in root.rglob("*") if not path.resolve().is_relative_to(root)]


@pytest.mark.parametrize("what", PLAIN)
def test_a_key_that_only_looks_odd_is_kept_as_it_is(what: str, world: World) -> None:
    """Two that look alike are two; the copy lies in the storage under its hash, and is read again."""
    Path("odd.csv").write_text(f"{what} of {world.store.space}")
    saved = pg.Artifact("odd.csv", key=PLAIN[what], run=False).save()
    found = pg.Artifact.get(key=PLAIN[what])
    assert (found, found.key) == (saved, PLAIN[what])
    assert found.path.name == f"{found.hash}.csv"
    assert found.path.read_text() == f"{what} of {world.store.space}"
    assert outside(world) == []
    world.known = None


def test_a_link_out_of_the_storage_is_a_file_elsewhere(project: Path) -> None:
    """What it leads to is copied as a file outside is; a change there changes nothing of what was saved."""
    pg.init(storage="data")
    (project / "elsewhere").mkdir()
    (project / "elsewhere" / "a.csv").write_text("1")
    (project / "data" / "link.csv").symlink_to("../elsewhere/a.csv")
    (project / "data" / "folder").symlink_to("../elsewhere")
    for name in ("link.csv", "folder/a.csv"):
        saved = pg.Artifact(project / "data" / name).save()
        (project / "elsewhere" / "a.csv").write_text("2")
        assert (saved.path.read_text(), saved.path.is_relative_to(project / "data" / ".store")) == ("1", True), name
        (project / "elsewhere" / "a.csv").write_text("1")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_an_archive_is_a_file_and_is_not_unpacked(name: str, world: World) -> None:
    """Neither when it is saved nor when it is loaded: what leads upwards in it is never written."""
    if name == "a.zip":
        with zipfile.ZipFile(name, "w") as archive:
            archive.writestr("../escaped.txt", "1")
    else:
        with tarfile.open(name, "w:gz") as tar:
            entry = tarfile.TarInfo("../escaped.txt")
            entry.size = 1
            tar.addfile(entry, io.BytesIO(b"1"))
    saved = pg.Artifact(name, key=name, run=False).save()
    assert saved.load() == saved.path
    assert not list(world.folder.parent.rglob("escaped.txt"))
    world.known = None


class Trap:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Give what a malicious pickle gives."""
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize(
    "suffix", [".pkl", ".pickle", ".csv", ".json", ".yaml", ".parquet", ".h5ad", ".npy", ".joblib"]
)
def test_loading_never_unpickles(suffix: str, world: World) -> None:
    """A pickle is a path like any unknown file, and under another suffix no such file."""
    Path(f"trap{suffix}").write_bytes(pickle.dumps(Trap()))
    saved = pg.Artifact(f"trap{suffix}", key=f"trap{suffix}", run=False).save()
    for read in (saved.load, saved.open):
        with contextlib.suppress(errors.StorageError):
            found = read()
            getattr(found, "close", lambda: None)()
    if suffix == ".yaml":
        Path("trap.yaml").write_text("!!python/object/apply:os.mkdir ['sprung']")
        with pytest.raises(errors.StorageError):
            pg.Artifact("trap.yaml", key="trap.yaml", run=False).save().load()
    assert not Path("sprung").exists()
    world.known = None
