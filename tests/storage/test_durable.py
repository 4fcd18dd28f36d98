"""What is written outlasts a loss of power: the bytes, and each name on the way to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provgraph.storage.durable import make_folder, write


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that the disk was asked to have, in their order."""
    real, found = os.fsync, []

    def fsync(handle: int) -> None:
        found.append(Path(f"/proc/self/fd/{handle}").resolve().relative_to(Path.cwd()).as_posix())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_each_new_folder_is_named_by_a_flushed_one(flushed: list[str]) -> None:
    """Those that were there are left alone."""
    make_folder(Path("a/b/c"))
    assert flushed == [".", "a", "a/b"]
    make_folder(Path("a/b/c"))
    assert len(flushed) == 3


def test_a_file_is_flushed_before_and_after_it_has_its_name(flushed: list[str]) -> None:
    """First its bytes under another name, then the folder."""
    Path("a.txt").write_text("before")
    write(Path("a.txt"), b"after")
    (draft, folder) = flushed
    assert draft.startswith(".a.txt.")
    assert folder == "."
    assert Path("a.txt").read_bytes() == b"after"


def test_a_file_that_cannot_be_written_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is left beside it."""
    Path("a.txt").write_text("before")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write(Path("a.txt"), b"after")
    assert [(path.name, path.read_text()) for path in Path().iterdir()] == [("a.txt", "before")]
