"""Deleting an instance: it says "deleted" when all is gone, and names what cannot be removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import ReadOnlyStorageError, StorageError
from tests.support.commands import provgraph as command
from tests.support.commands import refusal
from tests.support.disks import mounted, remount
from tests.support.public import AS_ROOT

if TYPE_CHECKING:
    from provgraph.store.store import Store
    from tests.conftest import Setup

pytestmark = pytest.mark.usefixtures("own_engine")


def saved(text: str = "1") -> pg.Artifact:
    Path("a.csv").write_text(text)
    return pg.Artifact("a.csv", key="a.csv", run=False).save()


@pytest.fixture
def space(setup: Setup, project: Path) -> str:
    """A name that no other test has."""
    return f"{setup.name}-{project.parent.name}-{os.getpid()}"


@pytest.mark.parametrize("linked", [".provgraph", ".provgraph/storage/.store"])
def test_what_lies_behind_a_link_goes_too(space: str, project: Path, tmp_path: Path, linked: str) -> None:
    """As where a project's folder is led to a scratch disk; the folder that it leads to is gone with the link."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(0o700)
    (project / linked).parent.mkdir(parents=True, exist_ok=True)
    (project / linked).symlink_to(scratch)
    pg.init(name=space, shared=True)
    saved()
    done = command("delete", "--force")
    assert (done.exit_code, "deleted" in done.stderr) == (0, True)
    assert not os.path.lexists(project / ".provgraph")
    assert not list(tmp_path.glob("scratch/*"))
    assert linked != ".provgraph" or not scratch.exists()


@AS_ROOT
def test_copies_that_cannot_be_removed_are_named(space: str, tmp_path: Path) -> None:
    """Nothing says that they are deleted, the instance stays, and deleting is repeated when the disk is mended."""
    with mounted(tmp_path / "disk", "size=4m") as disk:
        pg.init(name=space, storage=disk / "storage", shared=True)
        path = saved().cache()
        remount(disk, "ro")
        with pytest.raises(ReadOnlyStorageError, match=r"\.store/.* cannot be removed \(Read-only file system\)"):
            pg.delete(force=True)
        assert path.exists()
        assert "cannot be removed" in refusal("delete", "--force")
        remount(disk, "rw")
        pg.delete(force=True)
        assert list((disk / "storage").iterdir()) == []
    assert not Path(".provgraph").exists()


def test_a_part_of_the_instance_that_cannot_be_removed_is_named(
    space: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else is gone but the configuration, by which it can be deleted again."""
    pg.init(name=space, shared=True)
    saved()
    whole = os.rmdir

    def failing(path: str, **options: int) -> None:
        if str(path).endswith("spool"):
            raise OSError(5, "Input/output error", path)
        whole(path, **options)

    (project / ".provgraph" / "spool").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", failing)
        with pytest.raises(StorageError, match=r"spool cannot be removed \(Input/output error\).*delete again"):
            pg.delete(force=True)
    pg.delete(force=True)
    assert not (project / ".provgraph").exists()


def test_another_program_may_remove_the_same(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """What is gone already is no error."""
    saved()
    for path in sorted(store.files.content.root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    pg.delete(force=True)
    assert "deleted" in capsys.readouterr().err
