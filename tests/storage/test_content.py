"""The content store: a copy is there whole, under the hash of its bytes, or it is not there."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import time
from collections import namedtuple
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from provgraph.errors import DiskFullError, FileChangedError, MissingFileError, ReadOnlyStorageError
from provgraph.storage.content import DRAFTS, FICLONE, ContentStore
from provgraph.storage.durable import make_folder
from provgraph.storage.hashing import FileFacts, bytes_hash, hash_file
from tests.support.processes import PATIENCE, said, started

if TYPE_CHECKING:
    from collections.abc import Callable

OLD: Final = (1_000_000_000, 1_000_000_000)
TICK: Final = 0.02
"""Seconds after which the disk's clock has gone on."""
Usage = namedtuple("Usage", ("total", "used", "free"))  # noqa: PYI024 - as shutil's


@pytest.fixture
def content() -> ContentStore:
    return ContentStore(Path("store"))


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text)
    os.utime(path, OLD)
    return path


def given(name: str, text: str, suffix: str = ".txt") -> tuple[Path, FileFacts, str]:
    path = written(name, text)
    return path, hash_file(path), suffix


def files() -> list[str]:
    """Every file in the store, drafts too."""
    return sorted(path.relative_to("store").as_posix() for path in Path("store").rglob("*") if path.is_file())


def damaged(content: ContentStore) -> list[Path]:
    """The copies whose bytes are not what their names say."""
    return [path for path in content.root.glob("??/*") if not path.name.startswith(hash_file(path).hash)]


def test_a_copy_lies_under_its_hash_and_is_read_only(content: ContentStore) -> None:
    """The name is the hash of the bytes and the suffix, and nobody may write it."""
    (stored,) = content.put_many([given("a.txt", "1")])
    hash_ = bytes_hash(b"1")
    assert (stored.path, stored.hash, stored.size) == (Path(hash_[:2], f"{hash_}.txt"), hash_, 1)
    copy = content.root / stored.path
    assert copy.read_text() == "1"
    assert copy.stat().st_mode & 0o7777 == 0o444
    assert files() == [stored.path.as_posix()]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o444), (0o027, 0o440), (0o077, 0o400)])
def test_a_copy_is_for_those_whom_the_umask_lets_read(content: ContentStore, umask: int, mode: int) -> None:
    """And its folder, whose group a storage with the setgid bit passes on."""
    content.root.mkdir()
    content.root.chmod(0o2770)
    before = os.umask(umask)
    try:
        stored = [*content.put_many([given("a.txt", "1")]), content.put_bytes(b"2", ".txt")]
    finally:
        os.umask(before)
    copies = [content.root / each.path for each in stored]
    assert [stat.S_IMODE(copy.stat().st_mode) for copy in copies] == [mode] * 2
    assert [stat.S_IMODE(copy.parent.stat().st_mode) for copy in copies] == [0o2777 & ~umask] * 2


def test_equal_content_is_stored_once(content: ContentStore) -> None:
    """In one call, in the next one, and as bytes: one copy, which is not written again."""
    one, two, other = content.put_many([given("a.txt", "1"), given("b.txt", "1"), given("c.txt", "2")])
    before = (content.root / one.path).stat()
    assert content.put_many([given("d.txt", "1")]) == [one] == [two] == [content.put_bytes(b"1", ".txt")]
    after = (content.root / one.path).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert files() == sorted([one.path.as_posix(), other.path.as_posix()])


def test_empty_content_is_content(content: ContentStore) -> None:
    """A file without bytes is stored as any other."""
    (stored,) = content.put_many([given("a.txt", "")])
    assert (content.root / stored.path).read_bytes() == b""
    assert damaged(content) == []


def test_a_source_that_changed_since_it_was_hashed_is_refused(content: ContentStore) -> None:
    """None of the call's files is stored, and no draft is left."""
    good, bad = given("a.txt", "1"), given("b.txt", "2")
    Path("b.txt").write_text("3")
    with pytest.raises(FileChangedError, match=r"b\.txt changed while it was copied"):
        content.put_many([good, bad])
    assert files() == []


def test_a_source_with_other_bytes_of_the_same_time_is_refused(content: ContentStore) -> None:
    """A copy is what its name says, whatever the file's time says."""
    bad = given("b.txt", "2")
    before = Path("b.txt").stat()
    Path("b.txt").write_text("3")
    os.utime("b.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(FileChangedError, match=r"b\.txt changed while it was copied"):
        content.put_many([bad])
    assert list(content.root.rglob("*.txt")) == []


def test_a_source_that_is_gone_is_named(content: ContentStore) -> None:
    """It was there when it was hashed."""
    bad = given("b.txt", "2")
    Path("b.txt").unlink()
    with pytest.raises(MissingFileError, match=r"there is no file b\.txt"):
        content.put_many([bad])


def test_a_file_in_the_store_s_place_is_named(content: ContentStore) -> None:
    """It is not a folder that can be written."""
    good = given("a.txt", "1")
    content.root.write_text("")
    with pytest.raises(ReadOnlyStorageError, match="may not be written"):
        content.put_many([good])


def test_a_failure_half_way_leaves_nothing(content: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails while the second of three is flushed, no copy and no draft is there."""
    real, flushed = os.fsync, []

    def fail(handle: int) -> None:
        flushed.append(handle)
        if len(flushed) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DiskFullError, match="the disk of store is full"):
        content.put_many([given(f"{number}.txt", str(number)) for number in range(3)])
    assert files() == []


def test_a_full_disk_is_found_before_anything_is_written(
    content: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how many bytes are needed and how many are free."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))
    with pytest.raises(DiskFullError, match="2 bytes are needed and 1 are free"):
        content.put_many([given("a.txt", "12")])
    assert files() == []


def test_a_storage_that_may_not_be_written_is_named(public: Path, as_nobody: Callable[[str], str]) -> None:
    """With what to do, and without a draft."""
    (public / "store").mkdir(mode=0o555)
    answer = as_nobody("""
try:
    ContentStore(Path("store")).put_bytes(b"1", ".txt")
except ProvgraphError as error:
    print(type(error).__name__, error)
""")
    assert answer.startswith("ReadOnlyStorageError the storage store may not be written")
    assert "pg.init(storage=...)" in answer
    assert list((public / "store").iterdir()) == []


def test_all_are_flushed_before_the_first_gets_its_name(content: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash of the machine finds whole copies or none: bytes, then names, then each folder once."""
    events: list[str] = []
    flush, rename = os.fsync, os.replace

    def fsync(handle: int) -> None:
        events.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "bytes")
        flush(handle)

    def replace(source: str, target: str) -> None:
        events.append("name")
        rename(source, target)

    given_files = [given(f"{number}.txt", str(number)) for number in range(20)]
    make_folder(content.root / DRAFTS)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    stored = content.put_many(given_files)
    folders = {each.path.parent for each in stored}
    assert events == ["bytes"] * 20 + ["name"] * 20 + ["folder"] * (len(folders) + 1)


def test_the_draft_of_a_killed_process_is_never_a_copy(content: ContentStore) -> None:
    """What was written half and never named is not found as content, and stands in nobody's way."""
    killed = started("""
import os, signal
from pathlib import Path
from provgraph.storage.content import ContentStore
from provgraph.storage.durable import make_folder
make_folder(Path("store/drafts"))
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
ContentStore(Path("store")).put_bytes(b"content" * 1000, ".txt")
""")
    assert killed.wait(PATIENCE) == -9
    killed.communicate()
    (draft,) = files()
    assert draft.startswith(f"{DRAFTS}/")
    assert damaged(content) == []
    stored = content.put_bytes(b"content" * 1000, ".txt")
    assert (content.root / stored.path).read_bytes() == b"content" * 1000


def test_a_copy_that_was_cut_short_is_written_again(content: ContentStore) -> None:
    """What is not as long as its content is no copy of it."""
    stored = content.put_bytes(b"content", ".txt")
    os.truncate(content.root / stored.path, 3)
    assert content.put_bytes(b"content", ".txt") == stored
    assert (content.root / stored.path).read_bytes() == b"content"
    assert damaged(content) == []


def test_processes_store_the_same_content_at_once(content: ContentStore) -> None:
    """All succeed, each content is there once and whole, and no draft is left."""
    for number in range(10):
        written(f"{number}.txt", str(number) * 100_000)
    script = """
from pathlib import Path
from provgraph.storage.content import ContentStore
from provgraph.storage.hashing import hash_file
paths = [Path(f"{number}.txt") for number in range(10)]
for path in paths:
    ContentStore(Path("store")).put_many([(each, hash_file(each), ".txt") for each in (path, *paths)])
print("done")
"""
    for process in [started(script) for _ in range(4)]:
        assert said(process) == "done\n"
    assert len(files()) == 10
    assert damaged(content) == []


def test_where_blocks_cannot_be_shared_bytes_are_copied(content: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses to clone gets a copy of every byte, told as it is written."""

    def refuse(*_: object) -> int:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    told: list[int] = []
    (stored,) = content.put_many([given("a.txt", "1" * 100_000)], told.append)
    assert (content.root / stored.path).read_text() == "1" * 100_000
    assert sum(told) == 100_000


def test_where_blocks_can_be_shared_the_disk_is_asked_to(
    content: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one request carries the copy and its source, and no byte is copied beside it."""
    asked: list[int] = []

    def clone(target: int, request: int, source: int) -> int:
        asked.append(request)
        os.sendfile(target, source, 0, 100_000)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", clone)
    told: list[int] = []
    (stored,) = content.put_many([given("a.txt", "1" * 100_000)], told.append)
    assert asked == [FICLONE]
    assert (content.root / stored.path).read_text() == "1" * 100_000
    assert told == [100_000]


def cloning(target: int, _: int, source: int) -> int:
    """Stand for a disk that shares blocks."""
    os.sendfile(target, source, 0, 100_000)
    return 0


def test_a_source_with_shared_blocks_and_other_bytes_of_the_same_time_is_refused(
    content: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of its inode tells, and the shared bytes are read."""
    monkeypatch.setattr(fcntl, "ioctl", cloning)
    bad = given("b.txt", "2")
    time.sleep(TICK)
    written("b.txt", "3")
    with pytest.raises(FileChangedError, match=r"b\.txt changed while it was copied"):
        content.put_many([bad])
    assert files() == []


def test_a_source_with_shared_blocks_and_another_mode_is_stored(
    content: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are the same."""
    monkeypatch.setattr(fcntl, "ioctl", cloning)
    good = given("a.txt", "1")
    time.sleep(TICK)
    Path("a.txt").chmod(0o600)
    (stored,) = content.put_many([good])
    assert (content.root / stored.path).read_text() == "1"
