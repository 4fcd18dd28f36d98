"""`provgraph backup` and `provgraph restore`, and what `stop`, `info` and `delete` say of backups."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.store import current
from provgraph.store.backups import automatic
from tests.support.backups import flow, graph, lose
from tests.support.commands import answer, process, provgraph, refusal
from tests.support.engines import on_local

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


@on_local
def test_back_up_and_restore(store: Store, project: Path) -> None:
    """Each says on one line what it did, on the error stream, so that pipes stay clean."""
    flow()
    before = graph(store.space)
    current.close()
    done = process("backup", "lab.zip", "--files")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"→ wrote {project / 'lab.zip'}: 14 records of '{store.space}', 6 files" in done.stderr
    lose()
    done = process("restore", "lab.zip")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"→ restored 14 records of '{store.space}', 6 files from {project / 'lab.zip'}" in done.stderr
    assert current.existing().space == store.space
    assert graph(store.space) == before
    assert "14 records of" in process("restore", "lab.zip").stderr


def test_the_last_one_is_restored(project: Path) -> None:
    """After `.provgraph` was removed; which one it is, is said, and `info` knows when it was made."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    assert "backup" not in answer("info")
    assert provgraph("stop").exit_code == 0
    assert f"UTC in {automatic.folder(project)}" in answer("info")
    provgraph("stop")
    current.close()
    shutil.rmtree(".provgraph")
    done = process("restore", "--last")
    assert done.returncode == 0, done.stderr
    assert f"→ the last backup is {automatic.kept(project)[-1]}: 1 record of 'lab'" in done.stderr
    assert "→ it holds no stored files; provgraph verify names those that are not here" in done.stderr
    assert "→ restored 1 record of 'lab'" in done.stderr
    assert pg.Transform.filter().count() == 1


def test_one_backup_is_to_be_named() -> None:
    """Neither none nor two; and one that is not there is named."""
    assert "Give its FILE, or --last" in refusal("restore")
    assert "Give its FILE, or --last" in refusal("restore", "lab.zip", "--last")
    assert "lab.zip" in refusal("restore", "lab.zip")
    assert "no backup of" in refusal("restore", "--last")
    assert not Path(".provgraph").exists()


def test_a_damaged_one_is_named_with_the_one_before(project: Path) -> None:
    """So that it can be taken instead."""
    pg.init(name="lab")
    for name in ("Make", "Read"):
        pg.Transform(name=name).save()
        pg.stop()
    lose()
    older, newest = automatic.kept(project)
    newest.write_bytes(newest.read_bytes()[:-1])
    assert f"Take an older one: provgraph restore {older}" in refusal("restore", "--last")
    assert provgraph("restore", str(older)).exit_code == 0
    assert pg.Transform.filter().list("name") == ["Make"]


def test_deleting_offers_to_remove_them(project: Path) -> None:
    """They are never removed silently, and can be removed later, too."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    done = provgraph("delete", "--force")
    assert f"left in {automatic.folder(project)}: 1 backup (" in done.stderr
    assert "provgraph delete --backups removes what is left" in done.stderr
    assert "→ removed 1 backup\n" in provgraph("delete", "--backups").stderr
    assert not automatic.folder(project).exists()
    assert "there is no instance" in refusal("delete", "--backups")


def test_a_run_that_is_on_is_not_left(project: Path) -> None:
    """A restore would close the store under it."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    pg.track(transform=pg.Transform.get(name="Make"))
    assert "Call pg.finish() first" in refusal("restore", "lab.zip")
    pg.finish()
