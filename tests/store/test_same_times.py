"""New bytes under an old time: what a file's size and time of change do not tell, its inode's does."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import provgraph as pg
from provgraph.errors import FileChangedError
from provgraph.storage import memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store

LONG_AGO: Final = 1_577_836_800  # 2020-01-01


@pytest.fixture(autouse=True)
def _everything_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time has to pass until a file is old enough for the memory of hashes."""
    monkeypatch.setattr(memory, "RACY", 0)


def written(text: str) -> Path:
    path = Path("dose.csv")
    path.write_text(text)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def unpacked(text: str) -> Path:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("dose.csv")
        entry.size, entry.mtime = len(text), LONG_AGO
        tar.addfile(entry, io.BytesIO(text.encode()))
    packed.seek(0)
    with tarfile.open(fileobj=packed) as tar:
        tar.extractall(filter="data")
    return Path("dose.csv")


def saved(path: Path, *, copy: bool) -> pg.Artifact:
    return pg.Artifact(path, key="dose.csv", run=False, copy=copy).save()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("change", [written, unpacked])
def test_new_bytes_of_the_old_size_and_time_are_a_new_version(change: Callable[[str], Path], *, copy: bool) -> None:
    """Written in place or unpacked over it: what is saved is what the file holds."""
    first = saved(written("dose,0.1\n"), copy=copy)
    second = saved(change("dose,9.9\n"), copy=copy)
    assert second.uid == f"{first.uid[:-4]}0001"
    assert second.cache().read_text() == "dose,9.9\n"
    if copy:
        assert first.cache().read_text() == "dose,0.1\n"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("change", [written, unpacked])
def test_other_bytes_of_a_file_in_place_are_not_given_out(change: Callable[[str], Path]) -> None:
    """Its size and time are those that were saved; its bytes are not."""
    first = saved(written("dose,0.1\n"), copy=False)
    assert first.cache().read_text() == "dose,0.1\n"
    change("dose,9.9\n")
    with pytest.raises(FileChangedError, match=r"dose\.csv"):
        first.cache()


def another_name(path: Path) -> None:
    Path("other.csv").hardlink_to(path)


def another_mode(path: Path) -> None:
    path.chmod(0o600)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("touch", [another_name, another_mode])
def test_a_file_whose_bytes_stayed_is_what_was_saved(
    touch: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second name or another mode lets it be read once more, and remembered again."""
    first = saved(written("dose,0.1\n"), copy=False)
    touch(Path("dose.csv"))
    assert first.cache().read_text() == "dose,0.1\n"
    monkeypatch.setattr("provgraph.storage.hashing.hash_file", None)
    assert first.cache() == Path("dose.csv").absolute()
    assert saved(Path("dose.csv"), copy=False) == first


def test_a_verification_that_was_interrupted_reads_such_a_file_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was noted of its first bytes says nothing of the others."""
    saved(written("dose,0.1\n"), copy=False)
    with monkeypatch.context() as patched:
        patched.setattr("provgraph.store.integrity.verifying._compared", None)
        with pytest.raises(TypeError):
            pg.verify()
    assert (store.instance.folder / "verify.sqlite").exists()
    written("dose,9.9\n")
    assert [each.state for each in pg.verify().findings] == ["changed"]
