"""Places: where the bytes of an artifact are, also after the project or the file was moved."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import FileChangedError, MissingFileError
from provgraph.store import current
from tests.support.projects import in_another_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def moved(store: Store, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A project with a file copied in, one in the storage root and one in place, moved and opened at its new place."""
    pg.Artifact(written("a.csv", "copied"), key="copied.csv").save()
    pg.Artifact(written(".provgraph/storage/raw/root.csv", "root")).save()
    pg.Artifact(written("data/place.csv", "place"), key="place.csv", copy=False).save()
    folder = tmp_path / "moved"
    if store.instance.url is None:
        pg.stop()
    current.close()
    project.rename(folder)
    monkeypatch.chdir(folder)
    yield current.use(current.found() or store.instance, quiet=True)
    if store.instance.url is None:
        pg.stop()


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("key", ["copied.csv", "raw/root.csv", "place.csv"])
def test_a_moved_project_finds_its_files(key: str) -> None:
    """Copies, files of the storage and files of the project alike are read from below its new folder."""
    artifact = pg.Artifact.get(key=key)
    assert artifact.cache().is_relative_to(Path.cwd())
    assert artifact.path.read_text() == Path(key).stem


def test_a_moved_project_keeps_one_storage_for_each_place(moved: Store) -> None:
    """The same file again is the same artifact, and its storage is the new one."""
    before = pg.Artifact.get(key="raw/root.csv")
    again = pg.Artifact(".provgraph/storage/raw/root.csv").save()
    assert again == before
    assert again.storage is not None
    assert again.storage.root == str(moved.instance.storage)


@pytest.mark.usefixtures("moved")
def test_another_file_at_the_new_place_is_not_taken_for_it() -> None:
    """A file of the same name is known by its bytes."""
    written("data/place.csv", "other")
    with pytest.raises(FileChangedError, match=r"place\.csv"):
        pg.Artifact.get(key="place.csv").cache()


@pytest.mark.usefixtures("store")
def test_a_file_that_was_moved_and_saved_again_is_found() -> None:
    """The same content under the same key is the same artifact, and its place is the new one."""
    first = pg.Artifact(written("a.csv", "1"), key="a.csv", copy=False).save()
    Path("data").mkdir()
    Path("a.csv").rename("data/a.csv")
    with pytest.raises(MissingFileError, match=r"a\.csv"):
        first.cache()
    again = pg.Artifact("data/a.csv", key="a.csv", copy=False).save()
    assert again == first
    assert pg.Artifact.get(key="a.csv").cache() == Path("data/a.csv").absolute()
    assert pg.Storage.filter(artifacts=again).count() == 1


def test_a_file_in_the_storage_is_one_however_it_is_recorded(store: Store) -> None:
    """Saved, used or added, its key is its path there; changed by hand it is a new version of itself."""
    path = store.instance.storage / "raw" / "z.csv"
    saved = pg.Artifact(written(str(path), "1")).save()
    pg.track(transform=pg.Transform(name="step"))
    pg.use(path)
    written(str(path), "2")
    pg.use(path)
    pg.finish()
    written(str(path), "3")
    pg.add(path.parent)
    assert pg.Artifact.filter().order_by("uid").list("key") == ["raw/z.csv"] * 3
    assert pg.Artifact.filter(is_latest=True).one().uid == f"{saved.uid[:-4]}0002"


def test_a_file_beside_the_storage_is_another_than_the_one_of_its_path_in_it(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Added and used again and again they stay two files, nothing is said, and a change of either is found."""
    project, kept = written("raw/x.csv", "project"), store.instance.storage / "raw" / "x.csv"
    written(str(kept), "storage")
    pg.track(transform=pg.Transform(name="step"))
    capsys.readouterr()
    for _ in range(2):
        pg.add("raw")
        pg.add(kept.parent)
        pg.use(project)
        pg.use(kept)
    assert "changed" not in capsys.readouterr().err
    pg.finish()
    keys = {each.key: each.cache().read_text() for each in pg.Artifact.filter()}
    assert keys == {"raw/x.csv": "storage", f"file:{project.absolute()}": "project"}
    project.write_text("changed")
    assert [each.state for each in pg.verify().findings] == ["changed"]


def test_a_version_that_lies_elsewhere_is_not_replaced(store: Store) -> None:
    """A file that is saved under the key of one in the storage leaves that one to be verified."""
    kept = store.instance.storage / "x.csv"
    pg.Artifact(written(str(kept), "storage")).save()
    pg.Artifact(written("x.csv", "project"), key="x.csv", copy=False).save()
    kept.write_text("changed")
    assert [(each.key, each.state) for each in pg.verify().findings] == [("x.csv", "changed")]


@pytest.mark.usefixtures("store")
def test_a_file_that_cannot_have_a_key_keeps_no_other_from_being_added(capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with what is to be done, by a dry run too."""
    written("data/a.csv", "1")
    written("data/new\nline.csv", "2")
    for dry_run in (True, False):
        assert [path.name for path in pg.add("data", dry_run=dry_run)] == ["a.csv"]
        assert "new\\nline.csv' contains control characters" in (said := capsys.readouterr().err)
        assert "left out, rename to add" in said
    assert pg.Artifact.filter().list("key") == ["data/a.csv"]


@pytest.mark.usefixtures("store")
def test_a_file_that_is_still_there_stays_where_it_was_registered() -> None:
    """A second copy in place changes nothing."""
    first = pg.Artifact(written("a.csv", "1"), key="a.csv", copy=False).save()
    shutil.copy("a.csv", "b.csv")
    again = pg.Artifact("b.csv", key="a.csv", copy=False).save()
    assert again == first
    assert again.cache() == Path("a.csv").absolute()


@pytest.mark.usefixtures("store")
def test_a_file_in_place_that_is_copied_in_is_stored_from_then_on() -> None:
    """What was registered in place and is saved with a copy no longer depends on the file."""
    first = pg.Artifact(written("a.csv", "1"), key="a.csv", copy=False).save()
    again = pg.Artifact("a.csv", key="a.csv", copy=True).save()
    Path("a.csv").unlink()
    assert again == first
    assert pg.Artifact.get(key="a.csv").load().columns.tolist() == ["1"]


def test_a_file_outside_of_the_project_keeps_its_whole_path(store: Store, tmp_path: Path) -> None:
    """It lies below no folder of ours."""
    path = tmp_path / "instrument.csv"
    path.write_text("1")
    artifact = pg.Artifact(path, key="instrument.csv", copy=False).save()
    assert (artifact.placed, artifact.location) == ("place", str(path))
    assert artifact.storage is not None
    assert artifact.storage.root == path.anchor
    inside = pg.Artifact(written("data/a.csv", "2"), key="a.csv", copy=False).save()
    assert inside.location == "data/a.csv"
    assert inside.storage is not None
    assert inside.storage.root == str(store.instance.root)


def test_a_link_in_the_storage_is_the_file_it_leads_to(store: Store, tmp_path: Path) -> None:
    """It may lead out of the storage; then the file is not one of the storage's."""
    path = tmp_path / "instrument.csv"
    path.write_text("1")
    link = store.instance.storage / "link.csv"
    link.symlink_to(path)
    artifact = pg.Artifact(link, key="link.csv", copy=False).save()
    assert artifact.location == str(path)


def test_a_copied_project_is_a_project_of_its_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied while its engine runs: what is saved in the copy is in the copy's graph, and its files are its own."""
    pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    pg.Artifact(written("data/b.csv", "2"), key="b.csv", copy=False).save()
    copy = project.parent / "copy"
    shutil.copytree(project, copy)
    monkeypatch.chdir(copy)
    code = """
from pathlib import Path
Path("new.csv").write_text("3")
pg.Artifact("new.csv", key="new.csv").save()
here = [each.cache().is_relative_to(Path.cwd()) for each in pg.Artifact.filter()]
print(sorted(pg.Artifact.filter().list("key")), all(here))
pg.stop()
"""
    assert in_another_process(code) == "['a.csv', 'b.csv', 'new.csv'] True"
    monkeypatch.chdir(project)
    assert sorted(pg.Artifact.filter().list("key")) == ["a.csv", "b.csv"]


@pytest.mark.usefixtures("store")
def test_a_stored_copy_that_somebody_changed_is_named_and_healed() -> None:
    """Also when it kept its length: it is not given out, not shared, and saving the right file writes it again."""
    artifact = pg.Artifact(written("a.txt", "same"), key="a.txt").save()
    stored = artifact.path
    stored.chmod(0o644)
    stored.write_text("SAME")
    with pytest.raises(FileChangedError, match=str(artifact.uid)):
        artifact.load()
    assert pg.Artifact("a.txt", key="other.txt").save().load() == "same"
    assert artifact.load() == "same"


def test_a_file_of_a_storage_from_before_is_read_from_there(store: Store, project: Path) -> None:
    """Not the one with its name and size in the storage that the project has now."""
    pg.init(name=store.space, storage="old", shared=True)
    artifact = pg.Artifact(written("old/x.csv", "one")).save()
    pg.init(name=store.space, storage="new", shared=True)
    written("new/x.csv", "two")
    assert artifact.path == project / "old" / "x.csv"
    assert artifact.cache().read_text() == "one"
    assert pg.verify().findings == []


def test_adding_again_names_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """And says how many files were known already."""
    for name in ("a.csv", "b.csv", "c.csv"):
        Path("data").mkdir(exist_ok=True)
        Path("data", name).write_text(name)
    pg.add("data")
    assert "known" not in capsys.readouterr().err
    Path("data/b.csv").write_text("changed")
    Path("data/d.csv").write_text("new")
    pg.add("data")
    said = capsys.readouterr().err
    assert "2 of the files were known already" in said
    assert "data/b.csv changed since, and became a new version" in said
    assert [each.versions.count() for each in (pg.Artifact.get(key=f"data/{name}.csv") for name in "abd")] == [1, 2, 1]


def test_a_file_too_large_to_be_copied_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """It must not be deleted; who asked for that, or keeps it in the storage, knows."""
    pg.settings.copy_max = 3
    for name, copy in (("small", None), ("large", None), ("asked", False), ("copied", True)):
        Path(f"{name}.txt").write_text(name[:3] if name == "small" else name)
        pg.Artifact(f"{name}.txt", key=f"{name}.txt", copy=copy).save()
    said = capsys.readouterr().err
    assert [line for line in said.splitlines() if "not copied" in line] == [
        f"! larger than copy_max and so not copied, keep it where it is: {Path('large.txt').resolve()} (5 B)"
    ]
