"""`pg.gc()` and `provgraph gc`: what a crash leaves is found and removed, and nothing else, on both engines."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError, UsageError
from provgraph.storage import content, durable
from provgraph.store import drafts, sharing
from provgraph.store.integrity import collecting
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import End
from tests.support.clocks import two_days_later
from tests.support.commands import answer, refusal
from tests.support.commands import provgraph as command
from tests.support.processes import cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.store.store import Store

HOUR = 3600.0


@pytest.fixture
def later() -> Iterator[None]:
    """Two days have passed for what removes, and not for what saves."""
    with two_days_later():
        yield


def saved(key: str, text: str) -> pg.Artifact:
    Path(key).write_text(text)
    return pg.Artifact(key, key=key, run=False).save()


def files(store: Store) -> set[Path]:
    """Every file of the instance but the engine's own."""
    folder = store.instance.folder
    return {
        path for path in folder.rglob("*") if path.is_file() and "engine" not in path.parts and path.parent != folder
    }


@pytest.mark.usefixtures("later")
def test_what_a_crash_left_is_removed_and_nothing_else(store: Store) -> None:
    """Copies without a node, drafts, and configuration that was being written; a deleted artifact can come back."""
    kept, deleted = saved("a.txt", "kept"), saved("b.txt", "deleted")
    deleted.delete()
    run = pg.track(transform=pg.Transform(name="step", type="function"))
    pg.finish()
    Path(".provgraph/storage/mine.txt").write_text("a person's own")
    before = files(store)
    lost = store.files.take_bytes(b"its process was killed", ".txt").facts.path
    draft = store.files.content.root / content.DRAFTS / "0123"
    draft.write_text("half")
    half = store.instance.folder / f".config.json.{'0' * 32}"
    half.write_text("{")
    odd = store.files.content.root / "ab" / "a file of somebody's"
    odd.parent.mkdir(exist_ok=True)
    odd.write_text("not ours")

    expected = {lost, draft, half}
    assert {each.path for each in pg.gc(dry_run=True)} == expected
    assert all(path.exists() for path in expected)
    assert {each.path for each in pg.gc()} == expected
    assert files(store) == before | {odd}
    assert not half.exists()
    assert pg.gc() == []
    assert kept.cache(is_run_input=False).read_text() == "kept"
    deleted.save()
    assert pg.verify().is_well
    assert run.status == "completed"


@pytest.mark.usefixtures("later")
def test_what_a_killed_restore_left_is_removed(store: Store) -> None:
    """Drafts beside copies, and beside files in the storage; a person's own file that is named alike stays."""
    copy = saved("a.txt", "1").cache(is_run_input=False)
    own = store.instance.storage / "raw" / "b.txt"
    own.parent.mkdir()
    own.write_text("2")
    pg.Artifact(own, run=False).save()
    lost = {path.with_name(f"{durable.draft_of(path.name)}{'0' * 32}") for path in (copy, own)}
    alike = own.with_name(f".cache.{'0' * 32}")
    for path in (*lost, alike):
        path.write_text("half")
    assert {each.path for each in pg.gc(dry_run=True)} == lost
    assert {each.path for each in pg.gc()} == lost
    assert alike.exists()


def cells(store: Store, status: str, *, reported: bool) -> Path:
    """Cells that were not removed when their run ended."""
    run = pg.Run(pg.Transform(name="analysis", type="notebook").save()).save()
    report = pg.Artifact.hidden("report", None, ".ipynb")
    items = [Item(report, store.files.take_bytes(b"{}", ".ipynb"), run.uid, "report")] if reported else []
    store.transact(End(run, status, "it failed", items))
    store.opened.pop(run.uid)
    path = drafts.draft(store, run.uid)
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    return path


@pytest.mark.usefixtures("later")
def test_cells_that_are_in_a_report_are_removed(store: Store) -> None:
    """However their run ended; where there is no report they are all that is kept of them."""
    lost = {cells(store, status, reported=True) for status in ("completed", "errored")}
    kept = {cells(store, status, reported=False) for status in ("errored", "abandoned")}
    assert {each.path for each in pg.gc()} == lost
    assert all(path.exists() for path in kept)


@pytest.mark.usefixtures("later")
def test_an_object_in_memory_whose_save_was_killed_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written among the drafts, and not into the temporary folder."""
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    artifact = pg.Artifact.from_df(pd.DataFrame({"a": [1]}), key="a.parquet", run=False)
    cut_off(artifact.save, "provgraph.storage.content.ContentStore.put_many")
    assert list(elsewhere.iterdir()) == []
    (found,) = pg.gc()
    assert found.path.parent == store.files.content.root / content.DRAFTS
    assert found.path.suffix == ".parquet"
    assert pd.read_parquet(artifact.save().cache(is_run_input=False)).to_dict("list") == {"a": [1]}
    assert pg.gc() == []


def test_young_files_are_left_alone(store: Store) -> None:
    """A save that goes on may want them."""
    store.files.take_bytes(b"just stored", ".txt")
    assert pg.gc() == pg.gc(dry_run=True) == []


@pytest.mark.parametrize("is_committed", [True, False])
def test_what_is_wanted_meanwhile_stays(store: Store, monkeypatch: pytest.MonkeyPatch, is_committed: bool) -> None:
    """A process that saves the same content between the look and the removal keeps its copy, before its commit too."""
    path = store.files.take_bytes(b"wanted again", ".txt").facts.path
    os.utime(path, (time.time() - 30 * HOUR,) * 2)
    removed = collecting._removed

    def meanwhile(*arguments: object) -> bool:
        if is_committed:
            saved("again.txt", "wanted again")
        else:
            store.files.take_bytes(b"wanted again", ".txt")
        return removed(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(collecting, "_is_old", lambda each, _: each == path)
    monkeypatch.setattr(collecting, "_removed", meanwhile)
    assert pg.gc() == []
    assert path.read_text() == "wanted again"
    assert pg.verify().is_well


@pytest.mark.parametrize("when", ["it is found to be old", "it is removed"])
@pytest.mark.parametrize("what", ["a copy", "a draft"])
@pytest.mark.usefixtures("later")
def test_what_another_one_removes_meanwhile_is_not_ours(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str, what: str
) -> None:
    """Of two at once each file is removed by one, and neither fails."""
    texts = [f"{name} of {store.space}".encode() for name in ("one", "two")]  # nothing of other tests holds these
    lost = [store.files.take_bytes(text, ".txt").facts.path for text in texts]
    if what == "a draft":
        lost = [path.rename(store.files.content.root / content.DRAFTS / path.stem) for path in lost]
    is_old, removed, others = collecting._is_old, collecting._removed, list[collecting.Leftover]()

    def seen(path: Path, before: float) -> bool:
        found = is_old(path, before)
        if path == lost[0] and when == "it is found to be old":
            path.unlink()
        return found

    def meanwhile(*arguments: object) -> bool:
        monkeypatch.setattr(collecting, "_removed", removed)
        others.extend(pg.gc())
        return removed(*arguments)  # type: ignore[arg-type]

    if when == "it is removed":
        monkeypatch.setattr(collecting, "_removed", meanwhile)
    monkeypatch.setattr(collecting, "_is_old", seen)
    found = [each.path for each in pg.gc()]
    assert sorted(found + [each.path for each in others]) == sorted(lost if others else lost[1:])
    assert not any(path.exists() for path in lost)


@pytest.mark.usefixtures("later")
def test_what_is_removed_needs_no_folder_for_drafts(store: Store) -> None:
    """A restore brings copies back, and not that folder."""
    lost = store.files.take_bytes(b"lost", ".txt").facts.path
    (store.files.content.root / content.DRAFTS).rmdir()
    assert [each.path for each in pg.gc()] == [lost]
    assert not lost.exists()


def test_a_copy_that_is_wanted_again_is_young(store: Store) -> None:
    """So nobody removes it before its transaction is done; a recent one is not touched."""
    path = saved("a.txt", "the same").cache(is_run_input=False)
    before = path.stat().st_mtime_ns
    saved("b.txt", "the same")
    assert path.stat().st_mtime_ns == before
    os.utime(path, (time.time() - 7 * HOUR,) * 2)
    saved("c.txt", "the same")
    assert time.time() - path.stat().st_mtime < HOUR
    assert store.files.content.root in path.parents


@pytest.mark.usefixtures("later")
def test_copies_of_another_graph_are_not_judged(store: Store) -> None:
    """The graph that is asked does not know what the other one wants; its name in a file tells."""
    lost = store.files.take_bytes(b"whose?", ".txt").facts.path
    noted = store.files.content.root / "graphs"
    assert list(sharing.noted(noted.parent)) == [store.ledger.graph]
    noted.write_text(noted.read_text() + "another\n")
    with pytest.raises(UsageError, match="other graphs"):
        pg.gc()
    with pytest.raises(UsageError, match="another"):
        pg.gc(dry_run=True)
    assert lost.exists()


@pytest.mark.usefixtures("store")
def test_an_unsafe_age_is_refused() -> None:
    """Whatever is no number of hours from 12 up."""
    for hours in (0, 11.9, -1, True, "24", float("nan"), None):
        with pytest.raises(InvalidValueError, match="not safe"):
            pg.gc(older_than=hours)  # type: ignore[arg-type]


@pytest.mark.usefixtures("later")
def test_the_shell_shows_and_removes(store: Store) -> None:
    """A line each, and how much it was."""
    lost = store.files.take_bytes(b"12345", ".txt").facts.path
    assert answer("gc", "--dry-run") == f"{lost}: a copy that no artifact has, 5 bytes\n"
    assert command("gc", "--dry-run").stderr.splitlines()[-1] == "1 file, 5 bytes would be removed"
    assert command("gc", "--older-than", "36").stderr.splitlines()[-1] == "1 file, 5 bytes removed"
    assert not lost.exists()
    assert "not safe" in refusal("gc", "--older-than", "1")
