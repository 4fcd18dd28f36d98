"""`provgraph settings`: shown, kept for a project, and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import DamagedInstanceError, InvalidValueError
from provgraph.store import current
from tests.support.commands import answer, process, provgraph, refusal
from tests.support.engines import on_local
from tests.support.processes import owners
from tests.support.projects import config

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer


@on_local
@pytest.mark.usefixtures("store")
def test_settings_say_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its value and its source."""
    current.close()
    current.forget()
    monkeypatch.setenv("PROVGRAPH_DEADLINE", "7")
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(answer("settings", "--json"))}
    assert rows["deadline"] == (7.0, "environment")
    assert rows["mode"] == ("on", "default")
    assert rows.keys() == pg.settings.as_dict().keys()
    assert "environment" in answer("settings")


def test_a_wrong_setting_is_one_line(project: Path) -> None:
    """A shell that sets it wrongly is told so."""
    pg.init()
    done = process("info", PROVGRAPH_DEADLINE="soon")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: PROVGRAPH_DEADLINE cannot be 'soon'")
    assert "Traceback" not in done.stderr


@on_local
@pytest.mark.usefixtures("store")
def test_a_setting_is_kept_for_the_project(project: Path) -> None:
    """For all later processes, until it is unset; typed as it is."""
    assert answer("settings", "deadline", "7") == ""
    assert config(project)["settings"] == {"deadline": 7.0}
    assert process("settings", "deadline").stdout == "7.0\n"
    rows = {row["setting"]: row["from"] for row in json.loads(process("settings", "--json").stdout)}
    assert rows["deadline"] == "instance"
    answer("settings", "track_run_inputs", "false")
    assert config(project)["settings"] == {"deadline": 7.0, "track_run_inputs": False}
    answer("settings", "deadline", "--unset")
    assert config(project)["settings"] == {"track_run_inputs": False}
    assert pg.settings.deadline == 30.0


@on_local
@pytest.mark.usefixtures("store")
def test_a_setting_that_cannot_be_is_not_kept(project: Path) -> None:
    """Neither an unknown one nor a value that does not fit."""
    assert "deadline" in refusal("settings", "dedline", "7")
    assert "deadline" in refusal("settings", "dedline", "--unset")
    assert "cannot be 'soon'" in refusal("settings", "deadline", "soon")
    assert "cannot be -1" in refusal("settings", "deadline", "--", "-1")
    assert config(project)["settings"] == {}


def kept_by_hand(project: Path, **settings: object) -> None:
    """Let the configuration hold what a person, or a newer provgraph, wrote into it."""
    current.close()
    current.forget()
    (project / ".provgraph" / "config.json").write_text(json.dumps({**config(project), "settings": settings}))


@on_local
@pytest.mark.usefixtures("store")
def test_a_setting_that_is_not_known_is_left_alone(project: Path) -> None:
    """A newer provgraph wrote it; every word works, says once where it stands, and it can be removed."""
    kept_by_hand(project, newer_setting=1, deadline=7)
    pg.Transform(name="step").save()
    done = process("info")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("newer_setting") == 2, "the setting, and how to remove it"
    assert f"{project / '.provgraph' / 'config.json'} has the setting 'newer_setting'" in done.stderr
    assert "provgraph settings newer_setting --unset" in done.stderr
    assert process("init").returncode == 0
    assert process("settings", "deadline").stdout == "7.0\n"
    assert "newer_setting" in process("settings").stderr
    answer("settings", "deadline", "8")
    assert config(project)["settings"] == {"newer_setting": 1, "deadline": 8.0}
    answer("settings", "newer_setting", "--unset")
    assert config(project)["settings"] == {"deadline": 8.0}


@on_local
@pytest.mark.usefixtures("store")
def test_a_value_of_the_project_that_does_not_fit_is_named(project: Path) -> None:
    """With its file and what mends it; the words that mend it are not stopped by it."""
    kept_by_hand(project, idle="zz", deadline="soon")
    said = refusal("view")
    assert f"{project / '.provgraph' / 'config.json'} cannot be used: the setting idle cannot be 'zz'" in said
    assert "provgraph settings idle --unset" in said
    assert provgraph("info").exit_code == 1
    with pytest.raises(DamagedInstanceError, match="the setting idle"):
        pg.Transform(name="step").save()
    shown = process("settings", "--json")
    assert {row["setting"]: row["value"] for row in json.loads(shown.stdout)}["idle"] == 900.0
    assert "the setting idle cannot be 'zz'" in shown.stderr
    answer("settings", "idle", "60")
    answer("settings", "deadline", "--unset")
    assert config(project)["settings"] == {"idle": 60.0}
    pg.Transform(name="step").save()


def test_what_cannot_be_opened_is_not_written(
    setup: Setup, project: Path, monkeypatch: pytest.MonkeyPatch, neo4j_server: Neo4jServer
) -> None:
    """A setting that does not fit keeps the project on its server and under its name, and is no server that is away."""
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PROVGRAPH_URL")
    url = neo4j_server.url if setup.name == "neo4j" else None
    pg.init(project, name=f"{setup.name}-{project.parent.name}", shared=True, url=url)
    kept_by_hand(project, idle="x")
    before = config(project)
    for words in (("connect", "local"), ("init", "--name", "other"), ("info",), ("delete",)):
        done = process(*words)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {project / '.provgraph' / 'config.json'} cannot be used: the setting")
        assert "not reached" not in done.stdout
        assert config(project) == before
    pg.settings.idle = 60
    assert pg.connect("local").instance.url is None
    pg.connect(url or "local")
    pg.delete(force=True)


@on_local
def test_a_run_that_is_on_keeps_another_instance_from_being_written(store: Store, project: Path) -> None:
    """What is refused is refused before the folder has an instance, and the open store goes on."""
    (project / "other").mkdir()
    run = pg.track(transform=pg.Transform(name="step"))
    with pytest.raises(InvalidValueError, match=r"is on in .*pg\.finish"):
        pg.init("other", url="local")
    assert not any((project / "other").iterdir())
    assert pg.context.run is run
    pg.finish()
    assert current.store() is store


def test_an_engine_is_stopped_and_an_instance_deleted_whatever_its_settings_are(setup: Setup, project: Path) -> None:
    """Neither needs one of them."""
    pg.init(project, name=f"{setup.name}-{project.parent.name}", shared=True)
    pg.Transform(name="step").save()
    kept_by_hand(project, idle="zz", newer_setting=1)
    stopped = process("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert ("stopped the local engine" in stopped.stderr) == (setup.name == "local")
    done = process("delete", "--force")
    assert done.returncode == 0, done.stderr
    assert not (project / ".provgraph").exists()


def test_what_the_running_engine_does_not_know_yet_is_said(project: Path) -> None:
    """It takes its idle time and its ceiling when it starts; other settings hold at once."""
    pg.init()
    said = process("settings", "idle", "5").stderr
    assert (
        said
        == "→ the local engine that runs keeps its idle until it stops: provgraph stop (it starts again by itself)\n"
    )
    assert "keeps its ceiling" in process("settings", "ceiling", "--unset").stderr
    assert process("settings", "deadline", "5").stderr == ""
    pg.stop()
    assert process("settings", "idle", "6").stderr == ""


def test_settings_need_no_graph(project: Path) -> None:
    """They are shown and kept in a batch job and while the server is gone, and nothing is started for them."""
    pg.init()
    pg.stop()
    kept_by_hand(project, deadline=7)
    for environment in ({"SLURM_JOB_ID": "1"}, {"PROVGRAPH_URL": "bolt://127.0.0.1:1"}):
        done = process("settings", "--json", **environment)
        assert done.returncode == 0, done.stderr
        rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(done.stdout)}
        assert (rows["deadline"], rows["storage.root"][1]) == ((7.0, "instance"), "instance")
        assert process("settings", "rows_max", "5", **environment).returncode == 0
        assert config(project)["settings"] == {"deadline": 7.0, "rows_max": 5}
        assert process("settings", "rows_max", "--unset", **environment).returncode == 0
        assert config(project)["settings"] == {"deadline": 7.0}
    assert owners(project / ".provgraph") == []


def test_settings_without_an_instance_are_the_defaults_and_the_environment_s(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They can be looked at; to keep one there must be a project. Nothing is made."""
    monkeypatch.setenv("PROVGRAPH_IDLE", "60")
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(answer("settings", "--json"))}
    assert (rows["idle"], rows["deadline"]) == ((60.0, "environment"), (30.0, "default"))
    assert "there is no instance in" in refusal("settings", "idle", "5")
    assert not (project / ".provgraph").exists()


def test_settings_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value, and where it comes from when that is not the default."""
    monkeypatch.setenv("PROVGRAPH_DEADLINE", "7")
    assert "deadline=7.0 (environment), rows_max=100000, " in repr(pg.settings)
