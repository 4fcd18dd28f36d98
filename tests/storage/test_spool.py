"""The spool's files: what was appended is there whole, or it was never acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provgraph.errors import DiskFullError, ReadOnlyStorageError
from provgraph.storage import spool
from tests.support.disks import mounted, remount
from tests.support.processes import said, started
from tests.support.public import AS_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRY = st.dictionaries(st.text(), st.none() | st.integers() | st.floats(allow_nan=False) | st.text(), max_size=4)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    with mounted(tmp_path / "small", "size=64k") as folder:
        yield folder


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(entries=st.lists(ENTRY, max_size=5))
def test_what_was_appended_is_read_in_its_order(tmp_path: Path, entries: list[spool.Entry]) -> None:
    """Any text, with line breaks, quotes and halves of characters."""
    file = spool.SpoolFile(tmp_path / "spool" / "a.jsonl")
    file.path.unlink(missing_ok=True)
    for entry in entries:
        file.append(entry)
    assert (spool.read(file.path).entries, spool.read(file.path).damaged) == (entries, [])


def test_every_cut_of_the_last_line_loses_that_line_alone(tmp_path: Path) -> None:
    """A process that is killed while it writes acknowledged nothing."""
    file = spool.SpoolFile(tmp_path / "a.jsonl")
    file.append({"number": 1})
    whole = file.path.read_bytes()
    file.append({"number": 2})
    both = file.path.read_bytes()
    for length in range(len(whole), len(both)):
        file.path.write_bytes(both[:length])
        kept = spool.read(file.path)
        assert (kept.entries, kept.damaged) == ([{"number": 1}], [])


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    """The line is named, and the others are read."""
    file = spool.SpoolFile(tmp_path / "a.jsonl")
    for number in range(3):
        file.append({"number": number})
    data = file.path.read_bytes()
    second = range(data.index(b"\n") + 1, data.index(b"\n", data.index(b"\n") + 1))
    for place in second:
        file.path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        kept = spool.read(file.path)
        assert kept.entries[0] == {"number": 0}
        assert kept.entries[-1] == {"number": 2}
        assert 2 in kept.damaged


def _until_full(file: spool.SpoolFile) -> int:
    for number in range(100):
        try:
            file.append({"number": number, "text": "x" * 3000})
        except DiskFullError as error:
            assert "is full" in str(error)  # noqa: PT017 - which of the calls fails is not known
            return number
    raise AssertionError("it never was full")


@AS_ROOT
def test_a_full_disk_is_named_and_leaves_whole_lines(small_disk: Path) -> None:
    """What fitted stays; what comes once there is room again follows it."""
    file = spool.SpoolFile(small_disk / "a.jsonl")
    written = _until_full(file)
    assert written > 5
    assert [entry["number"] for entry in spool.read(file.path).entries] == list(range(written))
    remount(small_disk, "size=1m")
    file.append({"number": written})
    kept = spool.read(file.path)
    assert (kept.entries[-1], kept.damaged) == ({"number": written}, [])


@AS_ROOT
def test_a_folder_that_may_not_be_written_is_named(small_disk: Path) -> None:
    """A disk that was mounted read-only."""
    remount(small_disk, "ro")
    with pytest.raises(ReadOnlyStorageError, match="cannot be written"):
        spool.SpoolFile(small_disk / "a.jsonl").append({})


def test_a_file_is_read_while_it_is_written(tmp_path: Path) -> None:
    """Another process sees whole entries in their order, however it meets the writer."""
    path = tmp_path / "a.jsonl"
    script = (
        "import sys; from pathlib import Path; from provgraph.storage import spool\n"
        "file = spool.SpoolFile(Path(sys.argv[1]))\n"
        "for number in range(300): file.append({'number': number, 'text': 'x' * number})"
    )
    writer, seen = started(script, path), 0
    while writer.poll() is None:
        kept = spool.read(path)
        numbers = [entry["number"] for entry in kept.entries]
        assert (numbers, kept.damaged) == (list(range(len(numbers))), [])
        assert len(numbers) >= seen
        seen = len(numbers)
    assert said(writer) == ""
    assert len(spool.read(path).entries) == 300


def test_the_files_of_a_spool_are_looked_at_until_none_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is then as it was at one moment; what is added to it later is not read, and keeps it from being removed."""
    files = [spool.SpoolFile(tmp_path / f"{name}.jsonl") for name in "ab"]
    looks, look = iter(files), spool._sizes

    def grown(folder: Path) -> dict[Path, int]:
        found = look(folder)
        for file in looks:
            file.append({"number": 1})
            break
        return found

    monkeypatch.setattr(spool, "_sizes", grown)
    sizes, is_one_moment = spool.reach(tmp_path)
    assert is_one_moment
    assert list(sizes) == [file.path for file in files]
    files[0].append({"number": 2})
    kept = [spool.read(path, size) for path, size in sizes.items()]
    assert [each.entries for each in kept] == [[{"number": 1}], [{"number": 1}]]
    assert [each.remove() for each in kept] == [False, True]


def test_a_spool_whose_files_grow_all_the_time_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as it reached at the last look, which is said to be no one moment."""
    file, look = spool.SpoolFile(tmp_path / "a.jsonl"), spool._sizes

    def grown(folder: Path) -> dict[Path, int]:
        file.append({"number": 1})
        return look(folder)

    monkeypatch.setattr(spool, "_sizes", grown)
    assert spool.reach(tmp_path) == ({file.path: file.path.stat().st_size}, False)


def test_what_was_added_since_it_was_read_is_not_removed(tmp_path: Path) -> None:
    """However little it is; then the whole file stays."""
    file = spool.SpoolFile(tmp_path / "a.jsonl")
    file.append({"number": 1})
    kept = spool.read(file.path)
    file.append({"number": 2})
    assert not kept.remove()
    assert len(spool.read(file.path).entries) == 2
    assert spool.read(file.path).remove()
    assert not file.path.exists()
    assert not spool.read(file.path).remove(), "what is gone is not made anew"
    assert not file.path.exists()


def test_nothing_is_lost_between_one_who_appends_and_one_who_removes(tmp_path: Path) -> None:
    """They meet in every order; each entry is either still there or was read before its file went."""
    path = tmp_path / "a.jsonl"
    script = (
        "import sys; from pathlib import Path; from provgraph.storage import spool\n"
        "file = spool.SpoolFile(Path(sys.argv[1]))\n"
        "for number in range(400): file.append({'number': number})"
    )
    writer, seen = started(script, path), []
    while writer.poll() is None:
        kept = spool.read(path)
        if kept.entries and kept.remove():
            seen += [entry["number"] for entry in kept.entries]
    assert said(writer) == ""
    assert [*seen, *(entry["number"] for entry in spool.read(path).entries)] == list(range(400))
