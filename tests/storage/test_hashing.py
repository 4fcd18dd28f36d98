"""Hashes: every byte counts, and a file that does not keep still is refused."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import blake3
import pytest

from provgraph.errors import (
    FileChangedError,
    MissingFileError,
    StorageError,
    UnreadableFileError,
    WrongFileTypeError,
)
from provgraph.storage import hashing
from provgraph.storage.hashing import CHUNK, FEW, LARGE, SMALL, bytes_hash, file_error, hash_file, hash_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OFFICIAL: Final = {
    0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    1025: "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
    7169: "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817",
}
"""From the BLAKE3 team's test_vectors.json; the bytes are 0 to 250, again and again."""
OLD: Final = (1_000_000_000, 1_000_000_000)
"""Times long past: a change now gives another one, however coarse the disk's clock is."""
TICK: Final = 0.02
"""Seconds after which the disk's clock has gone on."""


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def written(name: str, data: bytes) -> Path:
    path = Path(name)
    path.write_bytes(data)
    os.utime(path, OLD)
    return path


@pytest.mark.parametrize("size", OFFICIAL)
def test_a_hash_is_the_official_one(size: int) -> None:
    """The BLAKE3 team's own vectors come out, of a file and of bytes."""
    assert hash_file(written("a", pattern(size))).hash == bytes_hash(pattern(size)) == OFFICIAL[size]


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, LARGE + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_a_hash_is_the_same_on_both_sides_of_the_border(size: int) -> None:
    """In parts and by several threads a file has the hash of its bytes at once by one thread."""
    data = os.urandom(size)
    facts = hash_file(written("a", data))
    assert (facts.hash, facts.size) == (blake3.blake3(data, max_threads=1).hexdigest(), size)


def test_every_part_is_told() -> None:
    """A bar moves while one large file is hashed, and ends at its size."""
    told: list[int] = []
    hash_file(written("a", bytes(3 * CHUNK + 5)), told.append)
    assert told == [CHUNK, CHUNK, CHUNK, 5]


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, 1)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"other")


def replace(path: Path) -> None:
    written("other", path.read_bytes()[:-1] + b"x").replace(path)


@pytest.mark.parametrize("size", [10, 2 * CHUNK], ids=["small", "large"])
@pytest.mark.parametrize("change", [append, cut, overwrite, replace, Path.unlink])
def test_a_file_that_changes_while_it_is_hashed_is_refused(change: Callable[[Path], None], size: int) -> None:
    """Whether it grows, shrinks, is overwritten, replaced or removed: no hash of half of it comes out."""
    path = written("a", bytes(size))
    changed: list[int] = []

    def in_between(done: int) -> None:
        if not changed:
            changed.append(done)
            change(path)

    with pytest.raises((FileChangedError, MissingFileError), match=r"file a\b"):
        hash_file(path, in_between)


def another_name(path: Path) -> None:
    path.with_name("b").hardlink_to(path)


def another_mode(path: Path) -> None:
    path.chmod(0o600)


@pytest.mark.parametrize("change", [another_name, another_mode])
def test_a_file_whose_bytes_stay_while_it_is_hashed_is_read_again(change: Callable[[Path], None]) -> None:
    """Another name or mode is no other content, and its bytes are told once."""
    path = written("a", b"1" * 10)
    told: list[int] = []

    def in_between(done: int) -> None:
        told.append(done)
        change(path)

    facts = hash_file(path, in_between)
    assert (facts.hash, facts.ctime_ns, told) == (bytes_hash(b"1" * 10), path.stat().st_ctime_ns, [10])


def test_a_file_whose_bytes_change_under_their_old_time_is_read_again() -> None:
    """What comes out is the hash of what it holds then."""
    path = written("a", b"1" * 10)
    before = path.stat()

    def in_between(_: int) -> None:
        time.sleep(TICK)
        path.write_bytes(b"2" * 10)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert hash_file(path, in_between).hash == bytes_hash(b"2" * 10)


def test_a_file_that_never_rests_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read three times, not for ever."""
    path, parts = written("a", b"1"), hashing._parts
    read: list[int] = []

    def restless(path: Path, size: int) -> Iterator[memoryview]:
        read.append(size)
        time.sleep(TICK)
        path.chmod(0o600 + len(read))
        return parts(path, size)

    monkeypatch.setattr(hashing, "_parts", restless)
    with pytest.raises(FileChangedError, match="file a changed"):
        hash_file(path)
    assert read == [1, 1, 1]


def test_a_file_that_never_stops_growing_is_left() -> None:
    """It is read to its first size only, not for ever."""
    path = written("a", bytes(CHUNK))
    parts: list[int] = []

    def grow(done: int) -> None:
        parts.append(done)
        with path.open("ab") as file:
            file.write(bytes(CHUNK))

    with pytest.raises(FileChangedError):
        hash_file(path, grow)
    assert len(parts) == 2


@pytest.mark.parametrize(("count", "size"), [(3, 10), (40, 10), (20, SMALL)])
def test_many_files_are_hashed_in_their_order(count: int, size: int) -> None:
    """One by one or by threads, each file has its own hash, and all bytes are told."""
    paths = [written(f"{number}", bytes([number]) * size) for number in range(count)]
    told: list[int] = []
    found = hash_files(paths, progress=told.append)
    assert [each.path for each in found] == paths
    assert [each.hash for each in found] == [bytes_hash(path.read_bytes()) for path in paths]
    assert sum(told) == sum(path.stat().st_size for path in paths)


def test_one_missing_file_of_many_is_named() -> None:
    """No list with a hole comes out."""
    paths = [written(f"{number}", b"1") for number in range(40)]
    paths[2].unlink()
    with pytest.raises(MissingFileError, match="there is no file 2"):
        hash_files(paths)


@pytest.mark.parametrize("size", [10, SMALL], ids=["one by one", "by threads"])
def test_one_changing_file_of_many_is_named(size: int) -> None:
    """Whoever meets it, the error arrives."""
    paths = [written(f"{number}", bytes([number]) * size) for number in range(20)]

    def in_between(_: int) -> None:
        append(paths[19])

    with pytest.raises(FileChangedError, match="file 19 changed"):
        hash_files(paths, progress=in_between)


def test_what_is_no_file_is_named() -> None:
    """A folder, a pipe and a device are refused before they are opened: a pipe would wait for ever."""
    Path("folder").mkdir()
    os.mkfifo("pipe")
    for name in ("folder", "pipe", "/dev/null"):
        with pytest.raises(WrongFileTypeError, match=name):
            hash_file(Path(name))


@pytest.mark.parametrize("name", ["none", "a/b", "a" * 300, "a\0b"])
def test_a_path_that_leads_nowhere_is_named(name: str) -> None:
    """Below a file, too long, or with a byte no name can have: there is no such file."""
    written("a", b"1")
    with pytest.raises(MissingFileError, match="there is no file"):
        hash_file(Path(name))


def test_a_link_that_leads_nowhere_is_named_with_its_target() -> None:
    """The broken link and the link in a circle are what the user mends."""
    Path("broken").symlink_to("gone")
    Path("one").symlink_to("two")
    Path("two").symlink_to("one")
    for name, target in (("broken", "gone"), ("one", "two")):
        with pytest.raises(MissingFileError, match=f"the link {name} leads to {target}"):
            hash_file(Path(name))


def test_a_link_to_a_file_is_hashed_as_the_file() -> None:
    """The bytes are what counts."""
    target = written("target", b"1")
    Path("link").symlink_to("target")
    assert hash_file(Path("link")).hash == hash_file(target).hash


def test_a_file_that_may_not_be_read_is_named(public: Path, as_nobody: Callable[[str], str]) -> None:
    """The file, or the folder it is in, and what its owner has to do."""
    for name in ("a", "closed/b"):
        (public / name).parent.mkdir(exist_ok=True)
        (public / name).write_text("1")
    (public / "a").chmod(0)
    (public / "closed").chmod(0)
    said = as_nobody("""
for name in ("a", "closed/b"):
    try:
        hash_file(Path(name))
    except ProvgraphError as error:
        print(type(error).__name__, error)
""")
    assert [line.split(". ")[0] for line in said.splitlines()] == [
        f"{UnreadableFileError.__name__} the file {name} may not be read by you" for name in ("a", "closed/b")
    ]


def test_a_failing_disk_is_a_named_error() -> None:
    """What the system says stands in the message."""
    error = file_error(Path("a"), OSError(5, "Input/output error"))
    assert type(error) is StorageError
    assert "the file a cannot be read (Input/output error)" in str(error)


def test_an_interruption_waits_for_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while large files are hashed by several threads: none of them is read to its end first."""
    files = [tmp_path / str(number) for number in range(FEW)]
    for file in files:
        file.write_bytes(bytes(SMALL + 1))
    monkeypatch.setattr(hashing, "CHUNK", SMALL // 64)
    read: list[int] = []

    def progress(done: int) -> None:
        time.sleep(0.01)
        read.append(done)
        if len(read) == FEW:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        hash_files(files, progress=progress)
    assert sum(read) < SMALL
