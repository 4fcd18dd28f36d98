"""Scripts as a scientist runs them: in processes of their own, on both engines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import provgraph as pg
from provgraph.registries.naming import named
from tests.support.engines import on_local
from tests.support.processes import surroundings
from tests.support.scripts import execute, script

pytestmark = pytest.mark.usefixtures("store")


def test_a_script_becomes_a_run_with_all_that_is_kept() -> None:
    """Arguments, parameters, the environment and the source code belong to the run."""
    script("work/a.py", 'pg.track(params={"x": 1})\npg.finish()\n')
    done = execute("work/a.py", "--fast")
    assert done.returncode == 0, done.stderr
    assert "created Transform('" in done.stderr
    assert "started new Run('" in done.stderr
    run = pg.Run.filter().one()
    assert (run.status, run.params, run.argv) == ("completed", {"x": 1}, ["work/a.py", "--fast"])
    assert run.finished_at is not None
    assert run.last_at is not None
    transform = run.transform
    assert transform is not None
    assert (transform.key, transform.type) == ("work/a.py", "script")
    hidden = pg.Artifact.filter(kind__in=["environment", "source"]).order_by("kind").list("kind", "suffix")
    assert hidden == [("environment", ".txt"), ("source", ".py")]
    assert pg.Artifact.filter().count() == 0


@on_local
def test_the_same_script_again_is_the_same_transform_and_an_edited_one_a_new_version() -> None:
    """Each execution is a run of its own."""
    script("a.py", "pg.track()\n")
    execute("a.py")
    assert "loaded Transform" in execute("a.py").stderr
    script("a.py", "pg.track()\nprint(1)\n")
    assert "created new version of Transform" in execute("a.py").stderr
    uids = pg.Transform.filter(key="a.py").uids()
    assert [uid[-4:] for uid in uids] == ["0000", "0001"]
    assert pg.Run.filter(transform=uids[0]).count() == 2


def test_a_renamed_script_is_the_same_transform_and_a_copied_one_a_new_one() -> None:
    """What matters is whether the old file is still there."""
    script("a.py", "pg.track()\n")
    execute("a.py")
    Path("a.py").rename("b.py")
    assert "renamed Transform" in execute("b.py").stderr
    assert pg.Transform.filter().list("key") == ["b.py"]
    Path("c.py").write_bytes(Path("b.py").read_bytes())
    assert "a copy has its own" in execute("c.py").stderr
    assert pg.Transform.filter().list("key") == ["b.py", "c.py"]


@on_local
def test_a_transform_made_by_hand_is_created_with_its_run() -> None:
    """The line says so; the next process finds it, and a second call in one process keeps the run."""
    script(
        "a.py",
        """
        step = pg.Transform(name="nightly", type="function")
        pg.track(transform=step)
        pg.track(transform=pg.Transform(name="nightly", type="function"))
        """,
    )
    done = execute("a.py")
    assert "created Transform('" in done.stderr
    assert "already tracking nightly" in done.stderr
    assert "loaded Transform('" in execute("a.py").stderr
    assert pg.Transform.filter(name="nightly").one().runs.count() == 2


def test_other_code_and_another_version_are_other_runs() -> None:
    """Of a file that is run again in the process where it was changed, as `%run` does, and of a pipeline."""
    Path("a.py").write_text("one")
    first = pg.track(path="a.py")
    assert pg.track(path="a.py") == first
    Path("a.py").write_text("two")
    second = pg.track(path="a.py")
    assert (pg.Run.get(first.uid).status, pg.Transform.filter(key="a.py").count()) == ("completed", 2)
    assert second.transform != first.transform
    pg.track(transform=pg.Transform(name="Cell Ranger", version="7.1"))
    newer = pg.track(transform=pg.Transform(name="Cell Ranger", version="7.2"))
    assert newer.transform is not None
    assert newer.transform.version == "7.2"
    assert pg.track(transform=pg.Transform(name="Cell Ranger")) == newer
    pg.finish()


@on_local
def test_a_script_that_is_changed_while_it_runs_is_what_it_was() -> None:
    """Its process runs the code that it was started with."""
    script("a.py", "pg.track()\nopen('a.py', 'a').write('x = 2')\npg.track()\n")
    assert "already tracking" in execute("a.py").stderr
    assert pg.Run.filter().count() == pg.Transform.filter().count() == 1


@on_local
def test_a_script_names_its_version_each_time_it_runs() -> None:
    """The same code has the same version; other code, also what was recorded without a name, does not get that name."""
    track = "import sys\npg.track(version=sys.argv[1] if len(sys.argv) > 1 else None)\n"
    script("a.py", track)
    assert [execute("a.py", "1").returncode for _ in range(2)] == [0, 0]
    first = pg.Transform.get(key="a.py", version="1")
    assert first.runs.count() == 2
    script("a.py", f"{track}x = 2\n")
    assert "is taken by other code" in execute("a.py", "1").stderr
    assert execute("a.py").returncode == 0
    done = execute("a.py", "1")
    assert done.returncode == 1
    assert f"the version '1' is taken by Transform {first.uid}. Give this one another version." in done.stderr
    assert pg.Transform.get(key="a.py", version="1") == first
    assert pg.Run.filter().count() == 3


def test_a_pipeline_registered_anew_says_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """Another reference or description for the same version is taken over, and a line names both."""
    first = pg.Transform(name="Cell Ranger", version="7.2.0", reference="https://a.example", description="one").save()
    again = pg.Transform(name="Cell Ranger", version="7.2.0", reference="https://b.example", description="two").save()
    assert again == first
    said = capsys.readouterr().err
    assert "! the reference of 'Cell Ranger' is now https://b.example; it was https://a.example" in said
    assert "! the description of 'Cell Ranger' is now two; it was one" in said


def test_outputs_and_inputs_join_scripts() -> None:
    """What one saved and the other loaded makes them predecessor and successor."""
    script(
        "a.py",
        """
        pg.track()
        open("x.csv", "w").write("a,b\\n1,2\\n")
        pg.Artifact("x.csv", key="x.csv").save()
    """,
    )
    script(
        "b.py",
        """
        pg.track()
        df = pg.Artifact.get(key="x.csv").load()
        pg.Artifact.from_df(df, key="y.parquet").save()
    """,
    )
    for name in ("a.py", "b.py"):
        done = execute(name)
        assert done.returncode == 0, done.stderr
    made = pg.Artifact.get(key="y.parquet")
    assert made.transform is not None
    assert made.transform.key == "b.py"
    assert made.transform.predecessors.one().key == "a.py"
    assert pg.Artifact.filter(created_by__handle="testuser1", run__transform__key="a.py").one().key == "x.csv"


def test_a_raw_file_that_is_used_is_an_input_without_a_producer() -> None:
    """`pg.use` gives its path and registers it where it lies."""
    Path("raw.csv").write_text("1")
    script("a.py", 'pg.track()\nprint(pg.use("raw.csv").read_text())\n')
    done = execute("a.py")
    assert done.stdout == "1\n", done.stderr
    raw = pg.Artifact.filter().one()
    assert (raw.key, raw.placed, raw.run) == ("raw.csv", "place", None)
    assert raw.input_of.list("transform__key") == [["a.py"]] or raw.input_of.list("transform__key") == ["a.py"]


def test_a_raw_file_is_the_one_that_lies_there() -> None:
    """Another file with its bytes is another artifact, whoever made that, and is only said."""
    Path("raw.csv").write_text("raw")
    script("backup.py", "import shutil\npg.track()\nshutil.copy(pg.use('raw.csv'), 'backup.csv')\n")
    Path("backup.py").write_text(Path("backup.py").read_text() + "pg.Artifact('backup.csv', key='backup.csv').save()\n")
    execute("backup.py")
    script("analyse.py", "pg.track()\npg.use('raw.csv')\n")
    execute("analyse.py")
    run = pg.Run.filter(transform__key="analyse.py").one()
    assert (run.inputs.list("key"), run.predecessors.count()) == (["raw.csv"], 0)
    script(
        "flags.py", "pg.track()\nfor name in ('m1.flag', 'm2.flag'):\n    open(name, 'w').close()\n    pg.use(name)\n"
    )
    done = execute("flags.py")
    assert sorted(pg.Run.filter(transform__key="flags.py").one().inputs.list("key")) == ["m1.flag", "m2.flag"]
    assert "'m2.flag' has the content of 'm1.flag'" in done.stderr


def test_a_raw_file_that_a_run_made_brings_its_origin() -> None:
    """By its key, by its place, or by its content when it has no key."""
    body = "pg.track()\nfor name in ('key.csv', 'place.csv', 'bare.csv'):\n    open(name, 'w').write(name)\n"
    body += "pg.save([pg.Artifact('key.csv', key='key.csv'), pg.Artifact('place.csv', key='x/y.csv', copy=False),\n"
    script("make.py", body + "         pg.Artifact('bare.csv', description='bare')])\n")
    execute("make.py")
    script("read.py", "pg.track()\nfor name in ('key.csv', 'place.csv', 'bare.csv'):\n    pg.use(name)\n")
    execute("read.py")
    run = pg.Run.filter(transform__key="read.py").one()
    assert run.inputs.count() == 3
    assert run.predecessors.one().transform == pg.Transform.get(key="make.py")


@pytest.mark.parametrize("key", [None, "raw.csv"])
def test_a_raw_file_that_was_changed_since_it_was_recorded_is_named(
    key: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a new version, which no run made, also of what a run made; as long as it stays so it is that one."""
    Path("raw.csv").write_text("1")
    with_run = pg.track(transform=pg.Transform(name="make", type="function"))
    made = pg.Artifact("raw.csv", key="raw.csv").save()
    assert made.run == with_run
    pg.track(transform=pg.Transform(name="read", type="function"))
    pg.use("raw.csv", key=key)
    assert "has changed" not in capsys.readouterr().err
    Path("raw.csv").write_text("2")
    pg.use("raw.csv", key=key)
    said = f"! 'raw.csv' has changed since it was recorded as Artifact('{made.uid}'): it is a new version"
    assert capsys.readouterr().err.count(said) == 1
    pg.use("raw.csv", key=key)
    assert "has changed" not in capsys.readouterr().err
    assert pg.Artifact.get(key="raw.csv").run is None
    assert pg.Artifact.get(key="raw.csv").versions.count() == 2
    pg.finish()


@on_local
def test_scripts_outside_of_the_project_are_told_apart(tmp_path: Path) -> None:
    """By where they are."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert "renamed" not in execute(str(script(str(tmp_path / folder / "tool.py"), "pg.track()\n"))).stderr
    keys = pg.Transform.filter().order_by("key").list("key")
    assert [key.rpartition(tmp_path.name)[2] for key in keys] == ["/one/tool.py", "/two/tool.py"]


@on_local
def test_a_file_outside_of_the_project_is_none_of_its_own(tmp_path: Path) -> None:
    """Whatever its path is: below the project's root there may be one of the same path from there."""
    inside = str(tmp_path / "ext").lstrip("/")
    for folder in (str(tmp_path / "ext"), inside):
        script(f"{folder}/tool.py", f"pg.track()\nprint({folder!r}, pg.use('{folder}/raw.csv'))\n")
        Path(folder, "raw.csv").write_text(folder)
        assert "created Transform('" in execute(f"{folder}/tool.py").stderr
    keys = [f"file:/{inside}", inside]
    assert sorted(pg.Transform.filter().list("key")) == [f"{key}/tool.py" for key in keys]
    assert sorted(pg.Artifact.filter().list("key")) == [f"{key}/raw.csv" for key in keys]
    Path(tmp_path / "ext").rename(tmp_path / "moved")
    assert "renamed Transform('" in execute(str(tmp_path / "moved" / "tool.py")).stderr


@on_local
def test_a_new_script_at_the_place_of_a_renamed_one_is_its_own() -> None:
    """Both go on with versions of their own; the renamed one keeps those it had."""
    for text, name in (("1", "a.py"), ("2", "a.py"), ("rename", "b.py"), ("3", "a.py"), ("4", "a.py")):
        if text == "rename":
            Path("a.py").rename("b.py")
        else:
            script("a.py", f"pg.track()\nprint({text})\n")
        done = execute(name)
        assert done.returncode == 0, done.stderr
    assert [uid[-4:] for uid in pg.Transform.get(key="b.py").versions.uids()] == ["0000", "0001"]
    assert [uid[-4:] for uid in pg.Transform.get(key="a.py").versions.uids()] == ["0000", "0001"]


@on_local
def test_the_uid_of_another_file_s_code_is_refused() -> None:
    """One that was moved may be named by its uid; one that is still there is another."""
    script("a.py", "pg.track()\n")
    execute("a.py")
    uid = pg.Transform.get(key="a.py").uid
    script("b.py", f"pg.track('{uid}')\n")
    assert f"Transform '{uid[:8]}' is a.py, and what runs here is b.py" in execute("b.py").stderr
    Path("a.py").rename("c.py")
    execute("b.py")
    assert sorted(pg.Run.filter().list("transform__key")) == ["a.py", "b.py"]
    assert pg.Transform.get(key="b.py").versions.count() == 2


@on_local
def test_an_output_older_than_the_run_is_asked_about() -> None:
    """One line names `pg.use`."""
    Path("old.csv").write_text("1")
    os.utime("old.csv", (1, 1))
    script("a.py", 'pg.track()\npg.Artifact("old.csv", key="old.csv").save()\n')
    assert "pg.use" in execute("a.py").stderr


def test_imported_modules_of_the_project_are_kept() -> None:
    """The bug that is found later usually sits there."""
    Path("helpers.py").write_text("X = 1\n")
    script("a.py", "import helpers\npg.track()\npg.finish()\n")
    execute("a.py")
    kept = pg.Artifact.get(key="helpers.py", kind="source")
    assert kept.path.read_text() == "X = 1\n"


@on_local
def test_a_module_that_was_changed_meanwhile_is_named() -> None:
    """What is kept of it may not be what ran."""
    Path("mine.py").write_text("a = 1\n")
    change = "import os, time; open('mine.py', 'a').write('b = 1'); os.utime('mine.py', (time.time() + 5,) * 2)"
    script("a.py", f"import mine\npg.track()\n{change}\n")
    assert "may have run otherwise than it is kept: mine.py" in execute("a.py").stderr
    os.utime("mine.py", (1, 1))
    script("b.py", "import mine\npg.track()\n")
    assert "otherwise" not in execute("b.py").stderr


@on_local
def test_track_again_keeps_the_run_and_another_transform_ends_it() -> None:
    """`new_run=True` forces a new one."""
    script(
        "a.py",
        """
        first = pg.track()
        assert pg.track() == first
        other = pg.track(new_run=True)
        assert other != first
        pipeline = pg.Transform(name="Cell Ranger", version="7.2.0", type="pipeline").save()
        third = pg.track(pipeline="Cell Ranger", version="7.2.0")
        assert pg.context.transform == pipeline
        assert pg.Run.get(other.uid).status == "completed"
    """,
    )
    done = execute("a.py")
    assert done.returncode == 0, done.stderr
    assert "already tracking" in done.stderr
    assert pg.Run.filter(status="completed").count() == 3


def test_an_unregistered_pipeline_is_an_error_that_shows_how_to_register_it() -> None:
    """With the near matches."""
    pg.Transform(name="Cell Ranger", version="7.2.0", type="pipeline").save()
    script("a.py", 'pg.track(pipeline="Cell Rangr", version="7.2.0")\n')
    done = execute("a.py")
    assert 'pg.Transform(name="Cell Rangr", version="7.2.0", type="pipeline").save()' in done.stderr
    assert "Did you mean 'Cell Ranger 7.2.0'?" in done.stderr
    script("b.py", 'pg.track("none")\n')
    assert "no Transform has the uid 'none'" in execute("b.py").stderr


def test_a_uid_follows_its_script_to_another_name() -> None:
    """Changed or not; a copy is refused while its original is there, and so is the name of another transform."""
    script("one.py", "pg.track()\n")
    execute("one.py")
    uid = pg.Transform.get(key="one.py").uid
    script("uno.py", f"pg.track('{uid}')\nprint('changed too')\n")
    Path("one.py").unlink()
    assert "'one.py' goes by 'uno.py' from now on" in execute("uno.py").stderr
    assert (pg.Transform.get(key="uno.py").uid[:-4], pg.Transform.filter(is_latest=True).count()) == (uid[:-4], 1)
    assert named("one.py") == pg.Transform.get(key="uno.py")
    script("due.py", f"pg.track('{uid}')\n")
    assert f"Transform '{pg.Transform.get(uid).uid[:8]}' is uno.py" in execute("due.py").stderr
    script("due.py", "pg.track()\n")
    execute("due.py")
    Path("uno.py").unlink()
    script("due.py", f"pg.track('{uid}')\n")
    refused = execute("due.py")
    assert (refused.returncode, "due.py is another" in refused.stderr) == (1, True)
    assert sorted(pg.Transform.filter(is_latest=True).list("key")) == ["due.py", "uno.py"]


@pytest.mark.parametrize("setup", ["neo4j"], indirect=True)
def test_a_script_shows_a_person_s_mistake_without_the_stack_of_others() -> None:
    """A wrong password, and a file that is not there: our own error alone, below the line of the script."""
    script("a.py", "pg.track()\n")
    refused = execute("a.py", NEO4J_PASSWORD="wrong")  # noqa: S106 - it is one that is refused
    script("b.py", "pg.track()\npg.Artifact('none.csv', key='none.csv').save()\n")
    missing = execute("b.py")
    for done, error in ((refused, "LoginError"), (missing, "MissingFileError")):
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1 if done is refused else -2].startswith(f"provgraph.errors.{error}: ")
        assert done.stderr.count("Traceback") == 1


@on_local
def test_recording_is_off_with_the_mode_off() -> None:
    """The code stays as it is."""
    script(
        "a.py",
        """
        pg.track()
        open("x.csv", "w").write("1")
        artifact = pg.Artifact("x.csv", key="x.csv").save()
        assert artifact.cache().read_text() == "1"
        pg.finish()
    """,
    )
    done = execute("a.py", PROVGRAPH_MODE="off")
    assert done.returncode == 0, done.stderr
    assert pg.Run.filter().count() == pg.Artifact.filter().count() == 0


@on_local
def test_code_that_asks_for_what_it_saved_runs_with_the_mode_off() -> None:
    """By its key, from a file or from memory; no instance is made, and the context has a run."""
    script(
        "off/a.py",
        """
        import pandas as pd
        pg.track(params={"a": 1})
        open("x.csv", "w").write("g\\n1")
        pg.Artifact("x.csv", key="x.csv").save()
        pg.save(pg.Artifact.from_df(pg.Artifact.get(key="x.csv").load(), key="y.parquet"))
        made = pg.Artifact.get(key="y.parquet")
        assert list(made.load()["g"]) == [1] and made.cache().exists() and len(made.lineage()) == 1
        assert pg.use("x.csv").exists() and pg.add(".") and pg.context.run.params == {"a": 1}
        assert "y.parquet" in str(made.view_lineage())
        pg.finish()
        assert pg.context.run is None
    """,
    )
    done = execute("off/a.py", PROVGRAPH_MODE="Off")
    assert done.returncode == 0, done.stderr
    assert pg.Artifact.filter().count() == 0


@on_local
def test_a_mode_that_there_is_not_names_its_variable() -> None:
    """And the choices."""
    script("a.py", "pg.track()\n")
    assert (
        "PROVGRAPH_MODE cannot be 'of' (Input should be 'on' or 'off')" in execute("a.py", PROVGRAPH_MODE="of").stderr
    )


def test_a_renamed_script_is_found_beside_a_copy() -> None:
    """Of two scripts with one content, the one whose file is gone was renamed."""
    script("a.py", "pg.track()\n")
    execute("a.py")
    Path("twin.py").write_bytes(Path("a.py").read_bytes())
    execute("twin.py")
    Path("a.py").rename("renamed.py")
    execute("renamed.py")
    assert sorted(pg.Transform.filter().list("key")) == ["renamed.py", "twin.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("exp1/run.py", "exp2/run.py"), ("old/exp1/run.py", "old/exp2/run.py")),
        (("b.py", "a.py"), ("scripts/b.py", "scripts/a.py")),
    ],
)
def test_scripts_of_equal_code_that_were_moved_keep_their_histories(
    before: tuple[str, str], after: tuple[str, str]
) -> None:
    """Each goes on as the one whose key has the same end."""
    for name in before:
        script(name, "pg.track()\n")
        execute(name)
    uids = [pg.Transform.get(key=name).uid for name in before]
    for old, new in zip(before, after, strict=True):
        Path(new).parent.mkdir(parents=True, exist_ok=True)
        Path(old).rename(new)
    for name in after:
        assert "renamed Transform" in execute(name).stderr
    assert [pg.Transform.get(key=name).uid for name in after] == uids
    assert pg.Transform.filter().count() == 2


def test_one_of_several_gone_scripts_that_nothing_tells_apart_is_not_guessed() -> None:
    """Then it is a transform of its own, and a line says of which it has the code."""
    for name in ("a.py", "b.py"):
        script(name, "pg.track()\n")
        execute(name)
    for name in ("a.py", "b.py"):
        Path(name).rename(f"new_{name}")
    said = execute("new_a.py").stderr
    assert "! 'new_a.py' has the code of 2 whose files are gone ('" in said
    assert "created Transform('" in said
    assert sorted(pg.Transform.filter().list("key")) == ["a.py", "b.py", "new_a.py"]


@on_local
def test_the_git_commit_and_a_dirty_tree_are_recorded() -> None:
    """So that the code can be found again; what git ignores is not meant to be in a commit."""
    script("a.py", "pg.track()\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "a.py"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    execute("a.py")
    script("a.py", "pg.track()\nprint(1)\n")
    execute("a.py")
    subprocess.run([*git, "checkout", "-q", "a.py"], check=True)
    script("untracked.py", "pg.track()\n")
    execute("untracked.py")
    Path(".git/info/exclude").write_text("ignored.py\n")
    script("ignored.py", "pg.track()\n")
    execute("ignored.py")
    commits, dirty = zip(*pg.Run.filter().list("git_commit", "git_dirty"), strict=True)
    assert dirty == (False, True, True, False)
    assert (len(commits[0]), len(set(commits))) == (40, 1)


@on_local
def test_code_that_a_transform_without_a_key_stands_for_is_tracked_by_its_file() -> None:
    """The transform that was named keeps its runs, and is not renamed."""
    script("a.py", """
        import sys
        pg.track(pg.Transform(name="fn", type="script").save().uid) if sys.argv[1:] else pg.track()
    """)  # fmt: skip
    assert [execute("a.py", *given).returncode for given in (["x"], [])] == [0, 0]
    assert sorted(pg.Transform.filter().list("name", "key")) == [("a.py", "a.py"), ("fn", None)]


def test_eight_jobs_that_start_one_script_at_once_make_one_transform() -> None:
    """Races end in one node; each job has its run."""
    script(
        "a.py",
        'pg.track()\nopen(f"{pg.context.run.uid}.txt", "w").write("same")\n'
        'pg.Artifact(f"{pg.context.run.uid}.txt", key="same.txt").save()\n',
    )
    environment = surroundings()
    jobs = [subprocess.Popen([sys.executable, "a.py"], env=environment, stderr=subprocess.PIPE) for _ in range(8)]
    errors = [job.communicate()[1].decode() for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 8, errors
    assert pg.Transform.filter().count() == 1
    assert pg.Run.filter().count() == 8
    same = pg.Artifact.filter().one()
    assert pg.Run.filter(outputs=same).count() == 8


@on_local
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_workers_of_a_run_save_for_it(method: str) -> None:
    """Whichever way multiprocessing starts them."""
    script(
        "a.py",
        f"""
        import multiprocessing

        def work(number):
            open(f"{{number}}.txt", "w").write(str(number))
            pg.Artifact(f"{{number}}.txt", key=f"{{number}}.txt").save()

        if __name__ == "__main__":
            pg.track()
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                pool.map(work, range(4))
        """,
    )
    done = execute("a.py")
    assert done.returncode == 0, done.stderr
    assert pg.Run.filter().one().outputs.count() == 4


@pytest.mark.parametrize("setup", ["neo4j"], indirect=True)
def test_a_uid_of_another_project_is_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that was copied along with its uid goes by its own key; the other project's history stays whole."""
    script("an.py", "pg.track()\n")
    execute("an.py")
    mine = pg.Transform.get(key="an.py")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    script("b.py", f"pg.track('{mine.uid}')\n")
    assert "is another project's: the code goes by its own key, b.py" in execute("b.py").stderr
    assert [mine.versions.list("key"), pg.Run.filter(transform=mine).count()] == [["an.py"], 1]
