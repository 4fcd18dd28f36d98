"""What lies in a folder that may not be entered: it is named, and keeps nothing else from being done."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.store import current
from tests.support.processes import PATIENCE, started
from tests.support.public import AS_ROOT, NOBODY, public_folder
from tests.support.scripts import execute, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Setup

pytestmark = AS_ROOT

BEGIN = """
import os, shutil, sys
from pathlib import Path
import provgraph as pg
from provgraph.errors import ProvgraphError
pg.init(name=os.path.basename(os.getcwd()), shared=True)
Path("closed").mkdir(exist_ok=True)
"""
BECOME = f"""
Path("closed").chmod(0o700)
for path in (Path.cwd(), Path(".provgraph"), *Path(".provgraph").rglob("*")):
    os.chown(path, {NOBODY}, {NOBODY})
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})

def tried(call):
    try:
        print(call())
    except ProvgraphError as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def public(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a project that every user can enter, on each of the two engines."""
    with public_folder() as folder:
        monkeypatch.chdir(folder)
        yield folder
        current.close()
        for path in (folder / ".provgraph", *(folder / ".provgraph").rglob("*")):
            os.chown(path, os.getuid(), os.getgid())
        if setup.name == "local":
            pg.stop()


def said(code: str) -> list[str]:
    process = started(BEGIN + code)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out.splitlines()


FILES = """
for name in ("closed/a.csv", "b.csv"):
    Path(name).write_text(name)
    pg.Artifact(name, key=Path(name).name, run=False, copy=False).save()
shutil.copy("closed/a.csv", "a.csv")
pg.verify()
"""
LOOK = """
tried(lambda: pg.Artifact.get(key="a.csv").cache())
tried(lambda: pg.Artifact.get(key="b.csv").cache().name)
tried(lambda: [(each.key, each.state) for each in pg.verify().findings])
tried(lambda: pg.Artifact("a.csv", key="a.csv", run=False, copy=False).save().uid[-4:])
tried(lambda: pg.Artifact("closed/a.csv", key="c.csv", run=False, copy=False).save())
pg.track(transform=pg.Transform(name="step", type="function"))
tried(lambda: pg.use("closed/a.csv"))
"""


@pytest.mark.usefixtures("public")
def test_a_file_in_a_closed_folder_is_named() -> None:
    """Reading it is our error, a verification goes on to the other files, and its content can be saved."""
    answers = said(FILES + BECOME + LOOK)
    assert answers[0].startswith("UnreadableFileError the file ")
    assert "closed/a.csv may not be read by you" in answers[0]
    assert answers[1:4] == ["b.csv", "[('a.csv', 'unreadable')]", "0000"]
    assert [each.partition(" ")[0] for each in answers[4:]] == ["UnreadableFileError"] * 2


def test_code_in_a_closed_folder_is_not_taken_for_gone(public: Path) -> None:
    """A copy of a script whose first file cannot be seen is a transform of its own, as one whose file is there."""
    become = textwrap.indent(BECOME, "    ")
    step = f"{BEGIN}\nif Path('step.py').exists():\n{become}\nmade = pg.track().transform\nprint(made.key, made.uid)"
    (public / "closed").mkdir()
    transforms = {}
    for name in ("closed/step.py", "step.py"):
        script(name, step)
        process = execute(name)
        assert process.returncode == 0, process.stderr
        key, uid = process.stdout.split()
        transforms[key] = uid
    assert list(transforms) == ["closed/step.py", "step.py"]
    assert len(set(transforms.values())) == 2
