"""What lies in a folder that may not be entered: it is named, and keeps nothing else from being done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.processes import PATIENCE, started
from tests.support.public import AS_ROOT, BOUND_BY_MODES
from tests.support.scripts import execute, script

pytestmark = [AS_ROOT, pytest.mark.usefixtures("store")]

BEGIN = """
import shutil
from pathlib import Path
import provgraph as pg
from provgraph.errors import ProvgraphError

def tried(call):
    try:
        print(call())
    except ProvgraphError as error:
        print(type(error).__name__, error)
"""
FILES = """
for name in ("closed/a.csv", "b.csv"):
    Path(name).parent.mkdir(exist_ok=True)
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


def said(code: str, under: tuple[str, ...] = ()) -> list[str]:
    process = started(BEGIN + code, under=under)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out.splitlines()


def test_a_file_in_a_closed_folder_is_named() -> None:
    """Reading it is our error, a verification goes on to the other files, and its content can be saved."""
    said(FILES)
    Path("closed").chmod(0)
    answers = said(LOOK, under=BOUND_BY_MODES)
    assert answers[0].startswith("UnreadableFileError the file ")
    assert "closed/a.csv may not be read by you" in answers[0]
    assert answers[1:4] == ["b.csv", "[('a.csv', 'unreadable')]", "0000"]
    assert [each.partition(" ")[0] for each in answers[4:]] == ["UnreadableFileError"] * 2


def test_code_in_a_closed_folder_is_not_taken_for_gone() -> None:
    """A copy of a script whose first file cannot be seen is a transform of its own, as one whose file is there."""
    step = "made = pg.track().transform\nprint(made.key, made.uid)"
    transforms = {}
    for name in ("closed/step.py", "step.py"):
        script(name, step)
        process = execute(name, under=BOUND_BY_MODES)
        assert process.returncode == 0, process.stderr
        key, uid = process.stdout.split()
        transforms[key] = uid
        Path("closed").chmod(0)
    assert list(transforms) == ["closed/step.py", "step.py"]
    assert len(set(transforms.values())) == 2
