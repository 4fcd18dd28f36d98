"""The memory of hashes: what is known is not read again, and the memory itself may be lost at any time."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from provgraph.storage import memory as remembering
from provgraph.storage.hashing import FileFacts, bytes_hash, hash_files
from provgraph.storage.memory import HashMemory
from tests.support.processes import said, started

if TYPE_CHECKING:
    from collections.abc import Callable

OLD: Final = (1_000_000_000, 1_000_000_000)
SECOND: Final = 1_000_000_000
TICK: Final = 0.02
"""Seconds after which the disk's clock has gone on."""


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> HashMemory:
    """One that remembers what was written just now, as no test can set the time of an inode back."""
    monkeypatch.setattr(remembering, "RACY", 0)
    return HashMemory(Path("hashes.sqlite"))


def written(name: str, text: str, times: tuple[int, int] = OLD) -> Path:
    path = Path(name)
    path.write_text(text)
    os.utime(path, times)
    return path


def hashed(path: Path, memory: HashMemory) -> str:
    return hash_files([path], memory=memory)[0].hash


def test_what_is_known_is_not_read_again(memory: HashMemory) -> None:
    """What the memory holds of it is taken for its hash, by whoever asks next: it was not opened."""
    path = written("a", "1")
    memory.remember([FileFacts.of(path, path.stat(), "remembered")], time.time_ns())
    assert hashed(path, HashMemory(Path("hashes.sqlite"))) == "remembered"


def test_all_bytes_are_told_for_known_files_too(memory: HashMemory) -> None:
    """A bar reaches its end whether files are read or remembered."""
    path = written("a", "12345")
    for _ in range(2):
        told: list[int] = []
        hash_files([path], memory=memory, progress=told.append)
        assert told == [5]


def other_time(path: Path) -> None:
    written(path.name, "2", (OLD[0], OLD[1] + 1))


def other_bytes_of_the_same_time(path: Path) -> None:
    time.sleep(TICK)
    written(path.name, "2")


def other_size(path: Path) -> None:
    written(path.name, "22")


def other_inode(path: Path) -> None:
    written("other", "2").replace(path)


@pytest.mark.parametrize("change", [other_time, other_bytes_of_the_same_time, other_size, other_inode])
def test_what_changed_is_read_again(memory: HashMemory, change: Callable[[Path], None]) -> None:
    """Another time, of the bytes or the inode, another size or inode is another file."""
    path = written("a", "1")
    hashed(path, memory)
    change(path)
    assert hashed(path, memory) == bytes_hash(path.read_bytes()) != bytes_hash(b"1")


def test_the_last_state_of_a_file_is_remembered(memory: HashMemory) -> None:
    """The newer hash takes the older one's place."""
    path = written("a", "1")
    hashed(path, memory)
    other_time(path)
    newer = hashed(path, memory)
    assert memory.recall([path.stat()]) == [newer] == [bytes_hash(b"2")]
    with closing(sqlite3.connect("hashes.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM known").fetchone() == (1,)


def test_what_an_earlier_version_remembered_is_not_trusted(memory: HashMemory) -> None:
    """It did not know the time of the inode; what it wrote is removed when something is remembered."""
    path = written("a", "1")
    status = path.stat()
    with closing(sqlite3.connect("hashes.sqlite")) as database, database:
        database.execute("CREATE TABLE hashes (device, inode, size, mtime_ns, hash, PRIMARY KEY (device, inode))")
        row = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, "remembered")
        database.execute("INSERT INTO hashes VALUES (?, ?, ?, ?, ?)", row)
    assert memory.recall([status]) == [None]
    assert hashed(path, memory) == bytes_hash(b"1")
    with closing(sqlite3.connect("hashes.sqlite")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("known",)]


def test_a_file_that_just_changed_is_not_remembered(memory: HashMemory) -> None:
    """It may change once more within the same tick of the disk's clock."""
    now = int(time.time()) + 5
    path = written("a", "1", (now, now))
    hashed(path, memory)
    written("a", "2", (now, now))
    assert hashed(path, memory) == bytes_hash(b"2")


@pytest.mark.parametrize("times", [(7, 9), (9, 7)], ids=["of the inode", "of the bytes"])
def test_what_is_young_is_measured_from_before_the_hashing(times: tuple[int, int]) -> None:
    """A batch that took minutes does not make a file old that was young when it was read."""
    memory = HashMemory(Path("hashes.sqlite"))
    mtime, ctime = (second * SECOND for second in times)
    status: Any = SimpleNamespace(st_dev=1, st_ino=2, st_size=1, st_mtime_ns=mtime, st_ctime_ns=ctime)
    facts = FileFacts.of(Path("a"), status, "known")
    memory.remember([facts], 10 * SECOND)
    assert memory.recall([status]) == [None]
    memory.remember([facts], 12 * SECOND)
    assert memory.recall([status]) == ["known"]


def test_the_memory_is_not_asked_for_a_young_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot hold it: one that was just written is saved without a look at the memory, here a damaged one."""
    overwrite(Path("hashes.sqlite"))
    assert hashed(written("a", "1"), HashMemory(Path("hashes.sqlite"))) == bytes_hash(b"1")
    assert Path("hashes.sqlite").exists()
    monkeypatch.setattr(remembering, "RACY", 0)
    hashed(written("b", "1"), HashMemory(Path("hashes.sqlite")))
    with closing(sqlite3.connect("hashes.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM known").fetchone() == (1,)


def test_identities_of_64_bits_are_remembered(memory: HashMemory) -> None:
    """Network disks count inodes up to 2**64, more than SQLite's whole numbers."""
    for inode in (2**64 - 1, 2**63, 2**63 - 1, 1):
        memory.remember([FileFacts(Path("a"), 1, str(inode), 2**64 - 2, inode, 7, 8)], time.time_ns())
    asked: list[Any] = [
        SimpleNamespace(st_dev=2**64 - 2, st_ino=inode, st_size=1, st_mtime_ns=7, st_ctime_ns=8)
        for inode in (2**63, 2**64 - 1, 1, 2)
    ]
    assert memory.recall(asked) == [str(2**63), str(2**64 - 1), "1", None]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database, but as long as one" * 1000)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, overwrite, empty, Path.unlink])
def test_a_damaged_memory_is_done_without_and_begun_anew(memory: HashMemory, damage: Callable[[Path], None]) -> None:
    """The hashes are right, and after the next time they are known again."""
    paths = [written(str(number), str(number)) for number in range(3)]
    expected = [each.hash for each in hash_files(paths, memory=memory)]
    damage(Path("hashes.sqlite"))
    assert [each.hash for each in hash_files(paths, memory=memory)] == expected
    assert memory.recall([path.stat() for path in paths]) == expected


def test_a_folder_in_the_place_of_the_memory_is_no_error(memory: HashMemory) -> None:
    """It is a cache: nothing depends on it."""
    Path("hashes.sqlite").mkdir()
    assert hashed(written("a", "1"), memory) == bytes_hash(b"1")


def test_a_memory_that_another_process_holds_is_neither_waited_for_nor_removed(memory: HashMemory) -> None:
    """What others write is left to them."""
    path = written("a", "1")
    known = hashed(path, memory)
    with closing(sqlite3.connect("hashes.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert memory.recall([path.stat()]) == [None]
        other.execute("ROLLBACK")
    assert memory.recall([path.stat()]) == [known]


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read-only", "closed"])
@pytest.mark.parametrize("content", ["damaged", "right", "none"])
def test_a_folder_that_cannot_be_written_is_no_error(
    public: Path, as_nobody: Callable[[str], str], mode: int, content: str
) -> None:
    """Hashes come out, whatever is in the folder of the memory."""
    folder, file = public / "closed", written(str(public / "a"), "1")
    folder.mkdir()
    if content == "right":
        hashed(file, HashMemory(folder / "hashes.sqlite"))
    elif content == "damaged":
        (folder / "hashes.sqlite").write_bytes(b"damaged" * 1000)
    folder.chmod(mode)
    script = 'print(hash_files([Path("a")], memory=HashMemory(Path("closed/hashes.sqlite")))[0].hash)'
    assert as_nobody(script).strip() == bytes_hash(b"1")


def test_processes_share_one_memory(memory: HashMemory) -> None:
    """Several that read and write it at once all get right hashes, and leave it whole."""
    paths = [written(f"{number}.txt", str(number)) for number in range(60)]
    script = """
import sys
from pathlib import Path
from provgraph.storage import memory
from provgraph.storage.hashing import hash_files
from provgraph.storage.memory import HashMemory
memory.RACY = 0
paths = [Path(f"{number}.txt") for number in range(60)]
for start in range(0, 60, 5):
    part = paths[start:] + paths[:start]
    found = {each.path: each.hash for each in hash_files(part, memory=HashMemory(Path("hashes.sqlite")))}
print(*(found[path] for path in paths))
"""
    expected = [bytes_hash(path.read_bytes()) for path in paths]
    for process in [started(script) for _ in range(4)]:
        assert said(process).split() == expected
    with closing(sqlite3.connect("hashes.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert memory.recall([path.stat() for path in paths]) == expected
