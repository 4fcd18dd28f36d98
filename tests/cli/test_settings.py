"""`provgraph settings`: shown, kept for a project, and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.store import current
from tests.support.commands import answer, process, refusal
from tests.support.projects import config

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.usefixtures("store")
def test_a_setting_that_cannot_be_is_not_kept(project: Path) -> None:
    """Neither an unknown one nor a value that does not fit."""
    assert "deadline" in refusal("settings", "dedline", "7")
    assert "deadline" in refusal("settings", "dedline", "--unset")
    assert "cannot be 'soon'" in refusal("settings", "deadline", "soon")
    assert "cannot be -1" in refusal("settings", "deadline", "--", "-1")
    assert config(project)["settings"] == {}


def test_settings_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value, and where it comes from when that is not the default."""
    monkeypatch.setenv("PROVGRAPH_DEADLINE", "7")
    assert "deadline=7.0 (environment), rows_max=100000, " in repr(pg.settings)
