"""`pg.verify()` and `provgraph verify`: every change of any file is found, on both engines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError, NotFoundError
from provgraph.storage import hashing, memory
from provgraph.store import current
from provgraph.store.integrity import verifying
from tests.support.commands import answer, refusal
from tests.support.commands import provgraph as command
from tests.support.disks import flipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.storage.hashing import FileFacts
    from provgraph.store.store import Store

AN_HOUR_AGO = 3600


def saved(key: str, content: bytes, **options: Any) -> pg.Artifact:
    """Save a file that lies where it is."""
    path = Path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return pg.Artifact(path, key=key, run=False, **{"copy": False, **options}).save()


def states(found: verifying.Verification) -> dict[str | None, str]:
    """Give the state of each file that is not as saved."""
    return {each.key: each.state for each in (*found.findings, *found.known)}


def test_what_is_as_it_was_saved_is_well(store: Store) -> None:
    """All files are read, those of hidden artifacts too; what artifacts share is read once."""
    run = pg.track(transform=pg.Transform(name="step", type="function"))
    saved("a.txt", b"one")
    saved("b.txt", b"twotwo", copy=True)
    saved("c.txt", b"twotwo", copy=True)
    pg.finish()
    environment = pg.Artifact.filter(kind="environment").one()
    found = pg.verify()
    assert found.is_well
    assert (found.files, found.size) == (3, 9 + (environment.size or 0))
    assert str(found) == f"3 files read, {found.size:,} bytes: all as it was saved"
    assert run.status == "completed"
    assert not (store.instance.folder / "verify.sqlite").exists()


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.usefixtures("store")
def test_one_bit_anywhere_is_found(copy: bool) -> None:
    """In a large file at every tenth of it, in a stored copy too, although size and time stay as they were."""
    size = 20_000_000
    artifact = saved("large.bin", os.urandom(size), copy=copy)
    path = artifact.cache(is_run_input=False)
    for place in range(0, size, size // 10):
        flipped(path, place)
        assert states(pg.verify()) == {"large.bin": "changed"}, place
        flipped(path, place)
    flipped(path, size - 1)
    assert states(pg.verify("large.bin")) == {"large.bin": "changed"}
    flipped(path, size - 1)
    assert pg.verify().is_well


@pytest.mark.usefixtures("store")
def test_each_of_many_small_files_is_found() -> None:
    """One flipped bit in each."""
    for number in range(300):
        Path(f"{number}.txt").write_text(f"the content of {number}")
    pg.save([pg.Artifact(f"{number}.txt", key=f"{number}.txt", run=False, copy=False) for number in range(300)])
    for number in range(0, 300, 2):
        flipped(Path(f"{number}.txt"), number % 15)
    found = pg.verify()
    assert states(found) == {f"{number}.txt": "changed" for number in range(0, 300, 2)}
    assert found.files == 300


def test_every_kind_of_fault_is_told_apart(store: Store) -> None:
    """Truncated, grown, missing, swapped, no longer a file; what was saved anew since is known, not a fault."""
    for name in ("cut", "grown", "gone", "first", "second", "folder", "well"):
        saved(f"{name}.txt", f"what {name:>6} holds".encode())
    saved(".provgraph/storage/table.csv", b"old")
    newer = saved(".provgraph/storage/table.csv", b"newer")
    Path("cut.txt").write_bytes(b"what")
    Path("grown.txt").write_bytes(b"what  grown holds, and more")
    Path("gone.txt").unlink()
    Path("first.txt").rename("other.txt")
    Path("second.txt").rename("first.txt")
    Path("other.txt").rename("second.txt")
    Path("folder.txt").unlink()
    Path("folder.txt").mkdir()
    found = pg.verify()
    assert states(found) == {
        "cut.txt": "another size",
        "grown.txt": "another size",
        "gone.txt": "missing",
        "first.txt": "changed",
        "second.txt": "changed",
        "folder.txt": "unreadable",
        newer.key: "replaced",
    }
    details = {each.key: each.detail for each in found.findings}
    assert details["first.txt"] == "it holds what was saved as second.txt"
    assert details["cut.txt"] == "4 bytes; it had 17 when it was saved"
    assert [each.state for each in found.known] == ["replaced"]
    assert "6 findings" in str(found)
    assert not found.is_well
    assert store.engine is not None


def test_files_of_another_host_are_no_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have to be verified there."""
    saved("here.txt", b"1")
    Path("here.txt").unlink()
    there = store.files.host
    monkeypatch.setattr(store.files, "host", "another")
    found = pg.verify()
    assert found.is_well
    assert [(each.state, each.detail) for each in found.known] == [("elsewhere", f"it is on the host '{there}'")]


@pytest.mark.usefixtures("store")
def test_some_files_are_verified_by_any_name() -> None:
    """A key, a uid, a record, a path on disk (of a file that changed, too), or a sample."""
    first, second = saved("data/first.txt", b"1"), saved("data/second.txt", b"2")
    assert pg.verify("data/first.txt").files == pg.verify(first.uid).files == pg.verify(first).files == 1
    Path("data/second.txt").write_text("3")
    assert states(pg.verify(Path("data/second.txt").resolve())) == {"data/second.txt": "changed"}
    assert states(pg.verify(first, second.uid)) == {"data/second.txt": "changed"}
    assert pg.verify(sample=1).files == 1
    assert pg.verify(sample=99).files == 2


@pytest.mark.usefixtures("store")
def test_what_names_no_file_is_an_error() -> None:
    """Nothing is read then."""
    artifact = saved("a.txt", b"1")
    for sample in (0, -1, True, 1.5, "2"):
        with pytest.raises(InvalidValueError, match="is no number of files"):
            pg.verify(sample=sample)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="name no files"):
        pg.verify("a.txt", sample=1)
    with pytest.raises(NotFoundError, match="nowhere"):
        pg.verify("nowhere.txt")
    with pytest.raises(NotFoundError, match="no file in this space"):
        pg.verify(pg.Transform(name="x").save())
    artifact.delete()
    with pytest.raises(NotFoundError, match="not deleted"):
        pg.verify(artifact)


def test_an_interrupted_verification_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is not read twice, and what was wrong is still said; `restart` begins anew."""
    monkeypatch.setattr(memory, "RACY", 0)  # what was written just now is noted, too
    for number in range(6):
        saved(f"{number}.txt", b"x" * (number + 1))
        os.utime(f"{number}.txt", (AN_HOUR_AGO, AN_HOUR_AGO))
    Path("0.txt").write_bytes(b"y")
    os.utime("0.txt", (AN_HOUR_AGO, AN_HOUR_AGO))
    read: list[str] = []
    whole = hashing.hash_files

    def until_interrupted(paths: Sequence[Path], *others: Any) -> list[FileFacts]:
        if len(read) >= 4:
            raise KeyboardInterrupt
        read.extend(path.name for path in paths)
        return whole(paths, *others)

    monkeypatch.setattr(verifying, "AT_ONCE", 2)
    monkeypatch.setattr(verifying, "hash_files", until_interrupted)
    with pytest.raises(KeyboardInterrupt):
        pg.verify()
    monkeypatch.setattr(verifying, "hash_files", whole)
    opened: list[str] = []
    monkeypatch.setattr("provgraph.storage.hashing._parts", noting(opened))
    assert states(pg.verify()) == {"0.txt": "changed"}
    assert len(opened) == 2
    assert not set(opened) & set(read)
    assert states(pg.verify(restart=True)) == {"0.txt": "changed"}
    assert len(opened) == 2 + 6
    assert not (store.instance.folder / "verify.sqlite").exists()


def noting(opened: list[str]) -> Any:
    parts = hashing._parts

    def note(path: Path, size: int) -> Any:
        opened.append(path.name)
        return parts(path, size)

    return note


def test_the_shell_says_what_is_wrong(store: Store) -> None:
    """A line each, JSON for programs, and 1 when anything is wrong."""
    saved("a.txt", b"1")
    saved("b.txt", b"2")
    assert answer("verify") == "2 files read, 2 bytes: all as it was saved\n"
    Path("b.txt").write_text("3")
    done = command("verify", "--all")
    assert done.exit_code == 1
    assert done.output.splitlines()[0] == f"changed: b.txt ({Path('b.txt').resolve()})"
    assert command("verify", "a.txt").exit_code == 0
    found = json.loads(command("verify", "--json", "--sample", "9").output)
    assert (found["is_well"], found["files"], [each["key"] for each in found["findings"]]) == (False, 2, ["b.txt"])
    assert "Give one of them" in refusal("verify", "--all", "a.txt")
    assert current.existing() is store


def test_the_rules_of_the_graph_are_verified_too(store: Store) -> None:
    """A derived edge that is missing is a finding, whose exit code is 1; repaired, all is well."""
    for name, read in (("first", None), ("second", "first.txt")):
        pg.track(transform=pg.Transform(name=name, type="function"))
        if read:
            pg.Artifact.get(key=read).load()
        Path(f"{name}.txt").write_text(name)
        pg.Artifact(f"{name}.txt", key=f"{name}.txt").save()
    pg.finish()
    assert pg.verify().is_well
    gone = store.engine.write(
        lambda tx: tx.run(
            "MATCH (r:Run)-[e:PREDECESSOR]->(:Run) WHERE r.space = $space DELETE e RETURN count(*)",
            space=store.instance.space,
        )
    )
    assert gone == [[1]]
    found = pg.verify()
    assert (found.findings, found.is_well, len(found.graph)) == ([], False, 1)
    assert command("verify").exit_code == 1
    pg.check(repair=True)
    assert pg.verify().is_well


def test_few_statements_are_sent(store: Store) -> None:
    """One for each 5,000 files, and those of the check."""
    for number in range(3):
        saved(f"{number}.txt", b"1")
    before = store.engine.statements
    pg.verify(sample=3)
    assert store.engine.statements - before == 1
