"""The instance: where it is found and made, what it says, how it ends."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.engines.local import LocalEngine
from provgraph.errors import (
    DamagedInstanceError,
    EngineUnavailableError,
    InvalidValueError,
    MissingFileError,
    NoInstanceError,
    NotFoundError,
    NotSavedError,
    NotTrackingError,
    ReadOnlyStorageError,
    UnknownFieldError,
    WrongFileTypeError,
)
from provgraph.store import current
from provgraph.store.instances import instance
from provgraph.store.instances.settings import NAMES, Settings
from provgraph.store.setup import keep_setting
from tests.support.processes import held, said, started
from tests.support.projects import config, in_another_process
from tests.support.scripts import execute, script
from tests.support.spooled import by_a_clock_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer

pytestmark = pytest.mark.usefixtures("own_engine")


def saved(name: str = "step") -> pg.Transform:
    return pg.Transform(name=name).save()


# Where it is found and made


def test_it_is_found_from_a_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git finds `.git`."""
    made = instance.write(instance.planned(project))
    below = project / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert instance.find(Path.cwd()) == made


def test_the_nearest_one_counts(project: Path) -> None:
    """A project inside another one is its own."""
    instance.write(instance.planned(project))
    (project / "inner").mkdir()
    inner = instance.write(instance.planned(project / "inner"))
    assert instance.find(project / "inner") == inner


@pytest.mark.parametrize(
    "look",
    [
        pg.info,
        pg.view,
        lambda: pg.Artifact.filter().list(),
        lambda: pg.Artifact.filter(key="a.csv").count(),
        lambda: pg.Artifact.get(key="a.csv"),
        pg.Artifact.df,
        lambda: pg.Transform.search("a").first(),
        lambda: pg.User.lookup().ada,
        lambda: pg.lineage("a.csv"),
        lambda: pg.impact("a.csv"),
        lambda: pg.cypher("RETURN 1"),
        lambda: pg.track("abcdefghijkl", path=__file__),
    ],
)
def test_none_is_found_where_there_is_none(project: Path, look: Callable[[], object]) -> None:
    """And looking makes none: whatever only looks says so."""
    assert instance.find(project) is None
    with pytest.raises(NoInstanceError, match="provgraph init"):
        look()
    assert not (project / ".provgraph").exists()


def test_reading_a_file_that_is_not_saved_makes_none(project: Path) -> None:
    """No run is on that could read it; who names one has a store."""
    Path("a.csv").write_text("x\n1\n")
    artifact = pg.Artifact("a.csv")
    assert artifact.load().x.tolist() == [1]
    with artifact.open("r") as file:
        assert file.read() == artifact.cache().read_text()
    assert not (project / ".provgraph").exists()
    with pytest.raises(NoInstanceError):
        artifact.load(is_run_input=True)
    assert not (project / ".provgraph").exists()


def test_the_first_run_has_the_key_of_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the home folder is a repository, which makes it no project."""
    home = Path.home()
    subprocess.run(["git", "init", "-q", str(home)], check=True)
    folder = home / "study"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    script("a.py", "pg.track()\n")
    for _ in range(2):
        assert execute("a.py").returncode == 0
    assert (folder / ".provgraph").is_dir()
    assert pg.Transform.filter().list("key") == ["a.py"]
    pg.stop()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: pg.use("a.csv"), NotTrackingError),
        (pg.finish, NotTrackingError),
        (lambda: pg.track(pipeline="Cell Ranger"), NotFoundError),
        (lambda: pg.track(path="nope.py"), MissingFileError),
        (lambda: pg.track("", path="a.csv"), InvalidValueError),
        (lambda: pg.Artifact("nope.csv"), MissingFileError),
        (lambda: pg.Collection(pg.Artifact("a.csv"), "raw").save(), NotSavedError),
        (lambda: pg.save([pg.Transform(name="step"), pg.Collection([], "raw")]), InvalidValueError),
    ],
)
def test_a_mistake_makes_none(project: Path, call: Callable[[], object], error: type[Exception]) -> None:
    """The first call of a project is refused before its store is made."""
    Path("a.csv").write_text("1")
    with pytest.raises(error):
        call()
    assert not (project / ".provgraph").exists()


def test_the_first_save_makes_it_at_the_git_root(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so in a line, and git does not see it."""
    subprocess.run(["git", "init", "-q"], check=True)
    (project / "work").mkdir()
    monkeypatch.chdir(project / "work")
    saved()
    said = capsys.readouterr().err.splitlines()
    assert said[1] == f"→ made {project / '.provgraph'} for this project"
    assert said[0].startswith("→ provgraph: my_project on local engine in ")
    assert said[0].endswith("user testuser1")
    assert (project / ".provgraph" / ".gitignore").read_text() == "*\n"
    listed = subprocess.run(["git", "status", "--short"], capture_output=True, text=True, check=True, cwd=project)
    assert listed.stdout == ""


@pytest.mark.parametrize("place", ["home", "temporary"])
def test_none_is_made_in_folders_that_are_no_project(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home and the temporary folder themselves are refused; the error asks for a path."""
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(folder)
    with pytest.raises(NoInstanceError, match=r"pg\.init\(path\)"):
        saved()
    assert not (folder / ".provgraph").exists()


def test_a_home_behind_a_link_is_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is known by its real path, HOME perhaps by another."""
    (tmp_path / "link").symlink_to(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "link"))
    monkeypatch.chdir(tmp_path / "link")
    with pytest.raises(NoInstanceError):
        instance.default_root(Path.cwd())


def test_none_is_made_in_the_root_of_the_disk() -> None:
    """There too the error asks for a path."""
    with pytest.raises(NoInstanceError, match="makes no instance in /"):
        instance.default_root(Path("/"))


def test_a_project_below_a_home_under_git_is_a_project(tmp_path: Path) -> None:
    """Who keeps the settings of their programs in git has a repository in their home."""
    (tmp_path / "home" / ".git").mkdir()
    folder = tmp_path / "home" / "screen"
    folder.mkdir()
    assert instance.default_root(folder) == folder


def test_init_makes_one_where_it_is_asked_to(tmp_path: Path) -> None:
    """Also in the home folder."""
    made = instance.write(instance.planned(tmp_path / "home"))
    assert instance.find(tmp_path / "home") == made


# Damaged ones


def test_a_file_of_that_name_is_an_error(project: Path) -> None:
    """It is not touched, neither by looking nor by `init`."""
    (project / ".provgraph").write_text("mine")
    for call in (lambda: instance.find(project), saved, pg.init):
        with pytest.raises(DamagedInstanceError, match="is not a folder"):
            call()
    assert (project / ".provgraph").read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"space": "x"}', "\x00\xff", '{"space": 1, "storage": 2, "url": 3}']
)
def test_a_damaged_configuration_is_an_error_that_init_mends(project: Path, text: str) -> None:
    """The error names the file; the records outlive it."""
    pg.init()
    kept = saved()
    current.close()
    (project / ".provgraph" / "config.json").write_text(text)
    with pytest.raises(DamagedInstanceError, match=r"config\.json.*provgraph init"):
        pg.info()
    pg.init()
    assert pg.Transform.get(name="step") == kept


@pytest.mark.parametrize(
    ("field", "value"), [("url", 5), ("space", 5), ("space", "a b"), ("storage", 5), ("storage", ""), ("settings", [1])]
)
def test_a_damaged_field_is_named_and_the_others_are_kept(project: Path, field: str, value: object) -> None:
    """`init` writes that field anew, and keeps what can be used of the others."""
    pg.init(name="screen", storage="mydata")
    current.close()
    kept = config(project)
    (project / ".provgraph" / "config.json").write_text(json.dumps({**kept, field: value}))
    with pytest.raises(DamagedInstanceError, match=rf"its {field} is {re.escape(repr(value))}"):
        pg.info()
    pg.init()
    assert {name: each for name, each in config(project).items() if name != field} == {
        name: each for name, each in kept.items() if name != field
    }


# What it says


def test_the_storage_lies_where_it_is_asked_for(project: Path) -> None:
    """By default in `.provgraph/storage`; a folder below the project is kept relative, so that the project can move."""
    assert pg.init().instance.storage == project / ".provgraph" / "storage"
    opened = pg.init(storage="mydata")
    assert opened.instance.storage == pg.settings.storage.root == project / "mydata"
    assert (project / "mydata").is_dir()
    assert config(project)["storage"] == "mydata"
    assert instance.read(project).storage == project / "mydata"


def test_a_project_that_was_moved_is_the_same(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records and the copies of its files are found at the new place."""
    Path("a.csv").write_text("1")
    pg.init()
    pg.Artifact("a.csv", key="a.csv").save()
    pg.stop()
    moved = tmp_path / "moved"
    project.rename(moved)
    monkeypatch.chdir(moved)
    try:
        assert in_another_process("print(pg.Artifact.get(key='a.csv').cache().read_text())") == "1"
    finally:
        pg.stop()


@pytest.mark.parametrize("storage", ["../shared", "./x/../../shared", "~/../shared"])
def test_a_storage_beside_the_project_stays_where_it_is(
    storage: str, setup: Setup, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named from the project or by its whole path: it is kept by its whole path, and found from a moved project."""
    opened = pg.init(storage=storage, name=f"{setup.name}-{tmp_path.name}", shared=True)
    assert opened.instance.storage == tmp_path / "shared"
    assert config(project)["storage"] == str(tmp_path / "shared")
    Path("a.csv").write_text("1")
    saved = pg.Artifact("a.csv", key="a.csv").save()
    assert saved.storage is not None
    assert saved.storage.root == str(tmp_path / "shared")
    pg.stop()
    moved = tmp_path / "below" / "moved"
    moved.parent.mkdir()
    project.rename(moved)
    monkeypatch.chdir(moved)
    try:
        assert in_another_process("print(pg.Artifact.get(key='a.csv').cache().read_text())") == "1"
    finally:
        pg.stop()


@pytest.mark.parametrize("storage", ["below/../mydata", "../my_project/mydata"])
def test_a_storage_inside_the_project_moves_with_it(storage: str, project: Path) -> None:
    """However it was named."""
    assert pg.init(storage=storage).instance.storage == project / "mydata"
    assert config(project)["storage"] == "mydata"


def test_a_configuration_that_leads_upwards_is_read_as_a_whole_path(project: Path) -> None:
    """Older ones hold such paths."""
    instance.write(instance.planned(project))
    (project / ".provgraph" / "config.json").write_text(json.dumps({**config(project), "storage": "../shared"}))
    assert instance.read(project).storage == project.parent / "shared"


def test_init_keeps_what_is_not_given(project: Path) -> None:
    """Repeating it with one option changes that one."""
    pg.init(name="screen", storage="mydata")
    found = pg.init(storage="other").instance
    assert (found.space, found.storage) == ("screen", project / "other")


@pytest.mark.parametrize("name", ["a b", "", "../x", "-x", "x" * 101, "a/b"])
def test_a_name_that_cannot_be_one_is_refused(project: Path, name: str) -> None:
    """Before anything is made."""
    with pytest.raises(InvalidValueError, match="cannot name a space"):
        instance.write(instance.planned(project, space=name))
    assert not (project / ".provgraph").exists()


def test_a_folder_that_is_none_is_refused(project: Path) -> None:
    """`init` makes `.provgraph/`, not projects."""
    with pytest.raises(InvalidValueError, match="nowhere is not a folder"):
        pg.init("nowhere")
    assert not (project / "nowhere").exists()


@pytest.mark.parametrize("storage", ["a.csv", "a.csv/below"])
def test_a_storage_that_is_a_file_is_refused(storage: str, project: Path) -> None:
    """It is named, and nothing is written."""
    Path("a.csv").write_text("1")
    with pytest.raises(WrongFileTypeError, match=r"a\.csv is no folder"):
        pg.init(storage=storage)
    assert [each.name for each in project.iterdir()] == ["a.csv"]
    opened = pg.init()
    kept = config(project)
    with pytest.raises(WrongFileTypeError, match=r"a\.csv is no folder"):
        pg.init(storage=storage)
    assert config(project) == kept
    assert opened.instance.storage.is_dir()


# Settings


def test_the_instance_gives_way_to_the_environment_and_that_to_code(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And `where` says where each value comes from."""
    instance.write(instance.planned(project))
    file = project / ".provgraph" / "config.json"
    file.write_text(json.dumps({**config(project), "settings": {"deadline": 1, "idle": 100, "copy_max": 5}}))
    monkeypatch.setenv("PROVGRAPH_IDLE", "200")
    monkeypatch.setenv("PROVGRAPH_COPY_MAX", "6")
    pg.settings.copy_max = 7
    pg.info()
    assert (pg.settings.deadline, pg.settings.idle, pg.settings.copy_max) == (1.0, 200.0, 7)
    assert pg.settings.where() == {
        "mode": "default",
        "track_run_inputs": "default",
        "deadline": "instance",
        "rows_max": "default",
        "ceiling": "default",
        "when_unreachable": "default",
        "in_batch_jobs": "default",
        "idle": "environment",
        "copy_max": "code",
        "backups": "default",
        "storage.root": "instance",
    }


def test_settings_are_those_of_the_working_directory_before_it_is_opened(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder below it too, without an engine; a damaged configuration is named by what opens it."""
    pg.init(storage="mydata")
    keep_setting("copy_max", 5)
    pg.stop()
    current.close()
    current.forget()
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert (pg.settings.copy_max, pg.settings.where()["copy_max"]) == (5, "instance")
    assert pg.settings.storage.root == project / "mydata"
    assert pg.settings.as_dict()["storage.root"] == str(project / "mydata")
    assert current.local_engine(instance.read(project)).owner() is None
    current.forget()
    (project / ".provgraph" / "config.json").write_text("{")
    assert pg.settings.copy_max == 1_000_000_000


@pytest.mark.usefixtures("store")
def test_a_process_may_store_files_elsewhere(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over the project, code over both; others find the files, and the project stays as it is."""

    def saved(name: str) -> pg.Artifact:
        Path(name).write_text(name)
        return pg.Artifact(name, key=name).save()

    own, named, chosen = project / ".provgraph" / "storage", tmp_path / "named", tmp_path / "chosen"
    assert saved("first.txt").path.is_relative_to(own)
    current.close()
    current.forget()
    monkeypatch.setenv("PROVGRAPH_STORAGE_ROOT", str(named))
    assert saved("second.txt").path.is_relative_to(named)
    assert (pg.settings.where()["storage.root"], pg.info()["storage"]) == ("environment", str(named))
    pg.settings.storage.root = str(tmp_path / "below" / ".." / "chosen")
    third = saved("third.txt")
    assert third.storage is not None
    assert (third.path.is_relative_to(chosen), third.storage.root) == (True, str(chosen))
    assert (pg.settings.where()["storage.root"], pg.settings.storage.root) == ("code", chosen)
    pg.settings.storage = own
    assert saved("fourth.txt").path.is_relative_to(own)
    pg.settings.storage = chosen
    space = pg.info()["space"]
    pg.init(project, storage=own, name=space, shared=True)
    assert (pg.settings.where()["storage.root"], pg.settings.storage.root) == ("environment", named)
    current.close()
    current.forget()
    monkeypatch.delenv("PROVGRAPH_STORAGE_ROOT")
    assert pg.settings.storage.root == own
    for name in ("first.txt", "second.txt", "third.txt", "fourth.txt"):
        assert pg.Artifact.get(key=name).load() == name
    assert pg.verify().is_well
    assert config(project)["storage"] == ".provgraph/storage"


KEEP = """
import sys
from provgraph.store.setup import keep_setting
name, values = sys.argv[1], sys.argv[2:]
for value in values:
    keep_setting(name, int(value))
"""


def test_settings_that_are_kept_at_once_are_all_kept(project: Path) -> None:
    """Each process changes its own one."""
    instance.write(instance.planned(project))
    values = [*range(1, 21)]
    names = ("deadline", "ceiling", "idle", "rows_max")
    for process in [started(KEEP, name, *values) for name in names]:
        said(process)
    assert config(project)["settings"] == dict.fromkeys(names, 20)


def test_what_others_changed_meanwhile_stays(project: Path) -> None:
    """Between the plan of `init` or `connect` and its end, which needs an engine's answer."""
    instance.write(instance.planned(project))
    named = instance.planned(project, space="other")
    stored = instance.planned(project, storage=project / "files")
    keep_setting("deadline", 7)
    assert instance.write(named).settings == {"deadline": 7}
    assert instance.write(stored).space == "other"
    assert config(project) == {"space": "other", "storage": "files", "url": None, "settings": {"deadline": 7}}


def test_two_that_make_a_project_at_once_agree(project: Path) -> None:
    """What one of them said stands, and what none said is as it is in a new project."""
    named, stored = instance.planned(project, space="other"), instance.planned(project, storage=project / "files")
    for each in (named, stored):
        instance.write(each)
    assert config(project) == {"space": "other", "storage": "files", "url": None, "settings": {}}


def test_a_lock_that_stays_held_stops_nobody(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stands still while it changes the configuration is waited for, and then passed."""
    made = instance.write(instance.planned(project))
    monkeypatch.setattr(instance, "CHANGED_WITHIN", 0.1)
    with held(made.folder / instance.LOCK):
        keep_setting("deadline", 7)
    assert config(project)["settings"] == {"deadline": 7}


def test_a_lock_alone_is_no_project(project: Path) -> None:
    """Another process has just begun to make it."""
    (project / ".provgraph").mkdir()
    (project / ".provgraph" / instance.LOCK).touch()
    assert instance.find(project) is None


def test_what_can_be_no_storage_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And files lie where they did; for the whole project `init` chooses."""
    instance.write(instance.planned(project))
    Path("a.csv").write_text("1")
    for wrong in ("a.csv", "a.csv/below"):
        with pytest.raises(WrongFileTypeError, match="no files can be stored there"):
            pg.settings.storage.root = Path(wrong)
    with pytest.raises(UnknownFieldError, match=r"'storage\.rot'"):
        pg.settings.storage.rot = "x"
    with pytest.raises(InvalidValueError, match=r"pg\.init\(storage=\.\.\.\)"):
        keep_setting("storage.root", "x")
    assert getattr(pg.settings, "storage.root") == project / ".provgraph" / "storage"
    current.forget()
    monkeypatch.setenv("PROVGRAPH_STORAGE_ROOT", "a.csv")
    with pytest.raises(WrongFileTypeError, match="no files can be stored there"):
        pg.info()


def test_settings_of_one_instance_do_not_reach_the_next(project: Path) -> None:
    """Opening another instance forgets them."""
    settings = Settings(environment={})
    settings.join({"deadline": 1}, project)
    settings.join({}, project)
    assert settings.deadline == Settings(environment={}).deadline
    assert settings.where()["deadline"] == "default"


@pytest.mark.parametrize(
    ("name", "near"), [("dedline", "deadline"), ("copymax", "copy_max"), ("track_inputs", "track")]
)
def test_an_unknown_setting_names_the_near_ones(name: str, near: str) -> None:
    """Read or written."""
    with pytest.raises(UnknownFieldError, match=near):
        getattr(pg.settings, name)
    with pytest.raises(UnknownFieldError, match=near):
        setattr(pg.settings, name, 1)


@pytest.mark.parametrize(
    ("name", "value"), [("deadline", 0), ("idle", "soon"), ("mode", "of"), ("copy_max", -1), ("ceiling", None)]
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: object) -> None:
    """The error names the setting and the value, wherever it comes from, and the value before stays."""
    before = getattr(pg.settings, name)
    with pytest.raises(InvalidValueError, match=f"{name} cannot be {value!r}"):
        setattr(pg.settings, name, value)
    assert getattr(pg.settings, name) == before
    with pytest.raises(InvalidValueError, match=name):
        Settings({name: value}, {})


def test_every_setting_can_be_completed() -> None:
    """In a notebook."""
    assert set(NAMES) <= set(dir(pg.settings))


def test_the_storage_is_known_when_an_instance_is_open() -> None:
    """Before that the error says what to call."""
    with pytest.raises(NoInstanceError, match=r"pg\.init\(\)"):
        pg.settings.storage  # noqa: B018 - asking for it is the test


# Its end


@pytest.fixture
def alone(setup: Setup, project: Path) -> Store:
    """An open store on each of the two engines in turn; the local one is its own, since it goes as a whole."""
    return pg.init(project, name=f"{setup.name}-{project.parent.name}", shared=True)


def test_an_instance_with_records_is_not_deleted_without_force(alone: Store) -> None:
    """The error says how many there are, and all of them stay."""
    saved()
    with pytest.raises(InvalidValueError, match=rf"'{alone.space}' holds 1 record\..*force"):
        pg.delete()
    assert pg.Transform.filter().count() == 1


@pytest.mark.usefixtures("alone")
def test_an_empty_instance_is_deleted_without_force(project: Path) -> None:
    """Nothing of it is left."""
    pg.delete()
    assert not (project / ".provgraph").exists()
    assert instance.find(project) is None


@pytest.mark.parametrize("folder", ["", "refused"])
def test_calls_that_wait_are_not_deleted_without_force(
    folder: str, alone: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those for another graph and those that were put aside count as records; with force it is said that they go."""
    Path("a.py").write_text("import provgraph as pg\npg.Transform(name='step').save()\n")
    assert execute("a.py", PROVGRAPH_URL="bolt://127.0.0.1:1").returncode == 0
    (kept,) = (alone.instance.folder / "spool").glob("*.jsonl")
    (kept.parent / folder).mkdir(exist_ok=True)
    kept = kept.rename(kept.parent / folder / kept.name)
    what = "put aside" if folder else "1 call for bolt://127.0.0.1:1"
    with pytest.raises(InvalidValueError, match=rf"{kept}: {what}.*provgraph sync.*delete --force"):
        pg.delete()
    assert kept.exists()
    pg.delete(force=True)
    assert f"go calls that are in no graph: {kept}: {what}" in capsys.readouterr().err
    assert not kept.exists()


def test_calls_by_a_clock_that_is_ahead_are_not_deleted_without_force(alone: Store) -> None:
    """They are counted with the others."""
    Path("a.py").write_text("import provgraph as pg\npg.Transform(name='step').save()\n")
    assert execute("a.py", PROVGRAPH_URL="bolt://127.0.0.1:1").returncode == 0
    (kept,) = (alone.instance.folder / "spool").glob("*.jsonl")
    by_a_clock_ahead(kept, place=alone.ledger.spool._place)
    with pytest.raises(InvalidValueError, match=rf"{kept}: 1 waiting call.*provgraph sync"):
        pg.delete()
    assert kept.exists()


def test_calls_that_wait_for_the_graph_itself_are_not_lost_without_a_word(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without force they are brought in and count as records; with it the graph is not opened, and they are named."""
    pg.init(name="screen")
    current.close()
    Path("a.py").write_text("import provgraph as pg\npg.Transform(name='step').save()\n")
    assert execute("a.py", SLURM_JOB_ID="1").returncode == 0
    (kept,) = (project / ".provgraph" / "spool").glob("*.jsonl")
    before = kept.read_bytes()
    with pytest.raises(InvalidValueError, match=r"holds 1 record\."):
        pg.delete()
    current.close()
    kept.with_name("again.jsonl").write_bytes(before)
    pg.delete(force=True)
    assert "again.jsonl: 1 waiting call\n" in capsys.readouterr().err


@pytest.mark.usefixtures("store")
def test_it_is_deleted_after_the_storage_was_removed_by_hand(project: Path) -> None:
    """As a person does who wants to be rid of it."""
    Path("a.csv").write_text("1")
    pg.Artifact("a.csv", key="a.csv").save()
    _remove(project / ".provgraph" / "storage")
    pg.delete(force=True)
    assert not (project / ".provgraph").exists()


def test_files_that_provgraph_did_not_write_stay(setup: Setup, project: Path) -> None:
    """A person's own file in the storage stays, also in the default one; copies go."""
    for storage in ("mydata", ".provgraph/storage"):
        opened = pg.init(storage=storage, name=f"{setup.name}-own-{project.parent.name}", shared=True)
        own = opened.instance.storage / "raw" / "own.csv"
        own.parent.mkdir()
        own.write_text("1")
        pg.Artifact(own).save()
        Path("a.csv").write_text("2")
        copied = pg.Artifact("a.csv", key="a.csv").save().path
        pg.delete(force=True)
        assert own.read_text() == "1"
        assert not copied.exists()
        assert instance.find(project) is None
        pg.init(name=opened.instance.space, shared=True)
        assert pg.Artifact.filter().count() == 0
        pg.delete()


def test_one_that_is_opened_from_another_has_its_own_storage_and_settings(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those of where one is; and where it cannot be opened the process goes on in the one that it had."""
    here, other = project / "here", project / "other"
    for folder, deadline in ((here, 77), (other, 88)):
        folder.mkdir()
        pg.init(folder)
        keep_setting("deadline", str(deadline))
        current.close()
    monkeypatch.chdir(here)
    store = pg.init(other)
    assert (store.files.root, pg.settings.deadline) == (other / ".provgraph" / "storage", 88)
    current.close()
    store = pg.init(here)
    with pytest.raises(EngineUnavailableError):
        pg.init(other, url="bolt://127.0.0.1:9")
    assert (pg.info()["instance"], store.files.root) == (str(here / ".provgraph"), here / ".provgraph" / "storage")
    assert pg.settings.deadline == 77


def test_a_project_of_a_server_that_cannot_be_written_leaves_the_one_that_is_open(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the runs that are open in it."""
    run = pg.Run(pg.Transform(name="by hand").save()).save()
    (project / "other").mkdir()

    def fail(_: instance.Instance) -> None:
        raise ReadOnlyStorageError("it cannot be written", "Choose another folder.")

    with monkeypatch.context() as broken:
        for name, value in neo4j_server.environment().items():
            if name != "PROVGRAPH_URL":
                broken.setenv(name, value)
        broken.setattr(instance, "write", fail)
        with pytest.raises(ReadOnlyStorageError):
            pg.init(project / "other", url=neo4j_server.url, shared=True)
    assert (pg.info()["instance"], pg.Run.filter(status="running").list()) == (str(project / ".provgraph"), [run])


def test_a_run_stays_on_where_its_own_store_cannot_be_opened_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a setting that is kept meanwhile keeps it from nothing."""
    run = pg.track(transform=pg.Transform(name="step"))

    def fail(_: LocalEngine) -> None:
        raise DamagedInstanceError("its folder cannot be written", "Mend it.")

    with monkeypatch.context() as broken:
        broken.setattr(LocalEngine, "owner", fail)
        with pytest.raises(DamagedInstanceError):
            pg.init()
    assert pg.context.run == run
    in_another_process("pg.settings; import provgraph.store.setup as s; s.keep_setting('deadline', '99')")
    pg.init()
    assert pg.context.run == run
    pg.finish()
    assert pg.Run.get(run.uid).status == "completed"


def test_only_the_records_of_its_own_space_are_removed(
    neo4j_server: Neo4jServer, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another project in the database keeps its records and its copies, though both use one storage folder."""
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    Path("a.csv").write_text("1")
    for name in ("kept", "gone"):
        (project / name).mkdir()
        pg.init(name, name=f"{name}-{project.parent.name}", storage="shared-files", shared=True)
        pg.Artifact("a.csv", key="a.csv").save()
    monkeypatch.chdir(project / "gone")
    pg.delete(force=True)
    assert not (project / "gone" / ".provgraph").exists()
    assert pg.connect(project / "kept").space.startswith("kept")
    assert pg.Artifact.get(key="a.csv").path.read_text() == "1"
    counted = pg.cypher("MATCH (n) WHERE n.space = $space RETURN count(n) AS n", space=f"gone-{project.parent.name}")
    assert counted == [{"n": 0}]


def test_records_of_an_earlier_name_are_not_deleted_without_force(project: Path) -> None:
    """A local graph goes as a whole, so every space in it counts."""
    pg.init(name="before")
    saved()
    pg.init(name="after")
    with pytest.raises(InvalidValueError, match=r"holds 1 record\."):
        pg.delete()
    assert (project / ".provgraph").is_dir()


def test_deleting_what_is_not_there_is_an_error(project: Path) -> None:
    """Nothing is made by it."""
    for call in (pg.delete, pg.stop):
        with pytest.raises(NoInstanceError):
            call()
    assert not (project / ".provgraph").exists()


def _remove(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
