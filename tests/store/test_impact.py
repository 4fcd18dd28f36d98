"""A bug was found: which results are affected, whose are they, and which were also made without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import AmbiguousError, InvalidValueError, NotFoundError
from provgraph.registries.naming import named
from tests.support import scripts

if TYPE_CHECKING:
    from provgraph.store.store import Store

MAKE = """
import provgraph as pg, helper
pg.track()
open("made.txt", "w").write(helper.text())
pg.Artifact("made.txt", key="made.txt").save()
"""
READ = """
import provgraph as pg
pg.track()
text = pg.Artifact.get(key="made.txt").load()
open("figure.txt", "w").write(text + "!")
pg.Artifact("figure.txt", key="figure.txt").save()
"""


def write(text: str) -> None:
    Path("helper.py").write_text(f"def text():\n    return {text!r}\n")


def execute(name: str) -> None:
    done = scripts.execute(name, PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("store")
def test_a_module_that_runs_imported_affects_what_they_made() -> None:
    """All its versions, or one; what a run of another version made as well is told apart."""
    Path("make.py").write_text(MAKE)
    Path("read.py").write_text(READ)
    write("what the first helper says")  # content that no other space of the server holds
    execute("make.py")
    execute("read.py")
    write("what the second helper says")
    execute("make.py")
    modules = pg.Artifact.filter(kind="source", key="helper.py").list()
    assert [each.uid[-4:] for each in modules] == ["0000", "0001"]
    old = pg.impact("helper.py", version="0000")
    assert sorted(each.key or "" for each in old.artifacts) == ["figure.txt", "made.txt"]
    assert len(set(old.artifacts.uids()) & set(pg.impact("helper.py", version="0001").artifacts.uids())) == 0
    assert len(pg.impact("helper.py").artifacts) == 3
    assert pg.impact("helper.py").users.list("handle") == ["testuser1"]
    assert modules[0].hash is not None
    assert pg.impact("helper.py", version=modules[0].hash[:8]) == old
    assert (old.reproduced.count(), old.runs.list("transform__key")) == (0, ["make.py", "read.py"])
    Path("helper.py").write_text("def text():\n    return str('what the first helper says')\n")
    execute("make.py")
    assert pg.impact("helper.py", version="0000").reproduced.list("key") == ["made.txt"]


def version(name: str, label: str, text: str) -> pg.Artifact:
    Path("a.txt").write_text(text)
    run = pg.Run(pg.Transform(name=name, version=label).save()).save()
    return pg.Artifact("a.txt", key="a.txt", run=run).save()


def test_code_named_by_text_means_all_its_versions(store: Store) -> None:
    """A record means its own; a version is named by its label or its uid's end, and one there is not is an error."""
    first, second = version("align", "1.0", "1"), version("align", "2.0", "2")
    again = version("other", "1", "1")
    assert again.uid[:16] == first.uid[:16]
    assert set(pg.impact("align").artifacts.uids()) == {first.uid, second.uid}
    assert pg.impact("align", version="2.0").artifacts.list() == [second]
    assert pg.impact("align", version="0000").artifacts.list() == [first]
    assert pg.Transform.get(name="align").impact().artifacts.list() == [second]
    assert pg.impact(pg.Transform.get(name="align"), version="1.0").artifacts.list() == [first]
    with pytest.raises(NotFoundError, match=r"'align' has no version '3\.0'.*'2\.0', '1\.0'"):
        pg.impact("align", version="3.0")
    before = store.engine.statements
    pg.impact(first)
    assert store.engine.statements - before <= 3


@pytest.mark.usefixtures("store")
def test_a_version_s_name_comes_before_the_beginnings_of_hashes() -> None:
    """Which count from four characters on; what has no versions of code, and a blank version, is named."""
    for number, hash_ in (("2", "5f660000"), ("3", "2f670000")):
        Path("a.txt").write_text(number)
        code = pg.Transform(key="step.py", name="step.py", type="script", version=number)
        code.hash = hash_
        pg.Artifact("a.txt", key=f"{number}.txt", run=pg.Run(code.save()).save()).save()
    assert pg.impact("step.py", version="2").artifacts.list("key") == ["2.txt"]
    assert pg.impact("step.py", version="2f67").artifacts.list("key") == ["3.txt"]
    for wrong in ("2f", "5"):
        with pytest.raises(NotFoundError, match="has no version"):
            pg.impact("step.py", version=wrong)
    for things, blank in (("2.txt", "0000"), ("step.py", ""), (pg.User.get(handle="testuser1"), "1")):
        with pytest.raises(InvalidValueError, match="version"):
            pg.impact(things, version=blank)


@pytest.mark.usefixtures("store")
def test_what_hidden_runs_and_versions_made_is_affected() -> None:
    """By the name of the code as by its record."""
    made = version("step", "1", "1")
    pg.Run.filter(outputs=made).one().delete()
    assert pg.impact("step").artifacts.list() == [made]
    pg.Transform.get(name="step").delete()
    assert pg.impact("step").artifacts.list() == pg.impact("step", version="1").artifacts.list() == [made]


@pytest.mark.usefixtures("store")
def test_makers_and_contributors_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs that made a file, those of one code, and the users of all that it stands on."""
    Path("a.txt").write_text("1")
    runs = [pg.Run(pg.Transform(name=name).save()).save() for name in ("first", "second")]
    made, _ = (pg.Artifact("a.txt", key="a.txt", run=each).save() for each in runs)
    assert pg.makers(made).list() == runs
    assert pg.makers("a.txt", "second").list() == runs[1:]
    assert pg.makers("a.txt", runs[0].transform).list() == runs[:1]
    assert pg.contributors(made).list("handle") == ["testuser1"]
    assert pg.contributors(runs[0]).list("handle") == ["testuser1"]
    with pytest.raises(NotFoundError):
        pg.makers("none.txt")


@pytest.mark.usefixtures("store")
def test_a_module_is_named_by_its_key_its_file_or_as_it_is_imported() -> None:
    """Also when it was edited after the run."""
    Path("lib").mkdir()
    Path("lib/tools.py").write_text("def text():\n    return 'made by tools'\n")
    Path("make.py").write_text(MAKE.replace("helper.text", "tools.text").replace(", helper", "\nfrom lib import tools"))
    execute("make.py")
    Path("lib/tools.py").write_text("def text():\n    return 'mended'\n")
    for name in ("lib/tools.py", "./lib/tools.py", "lib.tools", "tools"):
        assert pg.impact(name).artifacts.list("key") == ["made.txt"], name


@pytest.mark.usefixtures("store")
def test_a_file_of_equal_content_is_told_by_its_place() -> None:
    """Of two files with the same bytes the one on disk is meant; where its place says nothing, both are listed."""
    for name in ("one.txt", "two.txt", "three.txt"):
        Path(name).write_text("equal")
    saved = [pg.Artifact(name, key=name, run=False).save() for name in ("one.txt", "two.txt")]
    assert [named(f"./{each.key}") for each in saved] == saved
    with pytest.raises(AmbiguousError, match=r"one\.txt.*two\.txt"):
        named("./three.txt")


@pytest.mark.usefixtures("store")
def test_a_file_on_disk_comes_before_the_beginning_of_a_uid() -> None:
    """A whole uid comes first; a beginning of fewer than four characters is none, as in git."""
    Path("in.txt").write_text("1")
    saved = pg.Artifact("in.txt", key="in.txt", run=False).save()
    uid = saved.uid
    for text in (uid, uid[:-4], uid[:8], uid[:4]):
        assert named(text) == saved
    for text in (uid[:1], uid[:3]):
        with pytest.raises(NotFoundError, match=f"no record has the key, name or uid '{text}'"):
            named(text)
        assert pg.Artifact.get(text) == saved
    for text in (uid[:1], uid[:4], uid[:8], uid):
        Path(text).write_text("another file, never saved")
    for text in (uid[:1], uid[:4], uid[:8]):
        with pytest.raises(NotFoundError, match=f"no artifact has the content of the file {text}"):
            pg.lineage(text)
    assert named(uid) == saved
    other = pg.Artifact(uid[:8], key="other", run=False).save()
    assert pg.lineage(uid[:8]).targets == {other.uid}


@pytest.mark.usefixtures("store")
def test_the_name_of_two_scripts_is_that_of_neither() -> None:
    """Their keys and their files tell them apart."""
    saved = [pg.Transform(key=f"{folder}/run.py", name="run.py", type="script").save() for folder in ("a", "b")]
    with pytest.raises(AmbiguousError, match=r"several Transforms fit"):
        pg.impact("run.py")
    for transform in saved:
        path = Path(str(transform.key))
        path.parent.mkdir()
        path.write_text("print()")
        assert named(path.as_posix()) == named(f"./{path}") == transform
