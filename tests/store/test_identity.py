"""Who I am: from the environment, the login, git, or the system."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError, LoginError
from provgraph.store import current
from provgraph.store.instances import identity
from tests.support.processes import surroundings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nobody(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says who works here but the system's name."""
    monkeypatch.delenv("PROVGRAPH_USER")
    monkeypatch.setenv("LOGNAME", "scientist")


def in_another_process() -> str:
    code = "from provgraph.store.instances import identity; print(identity.whoami(shared=False).handle)"
    environment = surroundings()
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def git_user(name: str) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "config", "user.name", name], check=True)


def test_each_source_gives_way_to_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's user, git's, the login, the environment: the later of these wins."""
    assert identity.whoami(shared=False).handle == "scientist"
    git_user("Ada Lovelace")
    assert (identity.whoami(shared=False).handle, identity.whoami(shared=False).name) == (
        "ada-lovelace",
        "Ada Lovelace",
    )
    identity.login("ada", "Countess of Lovelace")
    assert (identity.whoami(shared=True).handle, identity.whoami(shared=True).name) == ("ada", "Countess of Lovelace")
    monkeypatch.setenv("PROVGRAPH_USER", "bot-7")
    assert identity.whoami(shared=True).handle == "bot-7"


def test_a_login_is_kept_for_later_processes() -> None:
    """Until the logout."""
    pg.login("testuser2", name="Test User2")
    assert in_another_process() == "testuser2"
    pg.logout()
    assert in_another_process() == "scientist"


def test_logging_out_twice_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no error."""
    pg.login("testuser2")
    pg.logout()
    pg.logout()
    assert capsys.readouterr().err.splitlines() == [
        "→ logged in as testuser2",
        "→ logged out",
        "→ nobody was logged in",
    ]


def test_a_login_counts_in_an_open_store() -> None:
    """The next record is created by who logged in; one handle is one User."""
    first = pg.Transform(name="one").save()
    pg.login("testuser2", name="Test User2")
    second = pg.Transform(name="two").save()
    assert [first.created_by, second.created_by] == [pg.User.get(handle=each) for each in ("scientist", "testuser2")]
    assert pg.User.get(handle="testuser2").name == "Test User2"
    pg.Transform(name="three").save()
    assert pg.User.filter(handle="testuser2").count() == 1
    assert pg.Transform.filter(created_by__handle="testuser2").list("name") == ["two", "three"]


@pytest.mark.usefixtures("setup")
def test_a_name_that_a_login_gives_becomes_the_user_s() -> None:
    """Of one who is there already too: in the store that is open, and where one is opened next."""
    handle = f"ada-{os.getpid()}-{time.monotonic_ns()}"
    pg.login(handle)
    pg.Transform(name="one").save()
    assert pg.User.get(handle=handle).name is None
    pg.login(handle, name="Ada Typo")
    assert pg.User.get(handle=handle).name == "Ada Typo"
    current.close()
    identity.login(handle, "Ada Lovelace")
    assert pg.User.get(handle=handle).name == "Ada Lovelace"
    pg.login(handle)
    assert pg.User.get(handle=handle).name == "Ada Lovelace"


@pytest.mark.parametrize("handle", ["", "two words", "a/b", "a:b", "a\\b", "x" * 101, "tab\t"])
def test_what_cannot_be_a_handle_is_refused(handle: str) -> None:
    """And the login before stays."""
    pg.login("testuser2")
    with pytest.raises(InvalidValueError, match="cannot be a handle"):
        pg.login(handle)
    assert identity.whoami(shared=False).handle == "testuser2"


def test_a_wrong_handle_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not silently replaced by another person's."""
    monkeypatch.setenv("PROVGRAPH_USER", "two words")
    with pytest.raises(InvalidValueError, match="two words"):
        identity.whoami(shared=False)


def test_a_damaged_login_counts_as_none() -> None:
    """And a new login mends it."""
    identity.login("testuser2")
    identity._file().write_text("{")
    assert identity.whoami(shared=False).handle == "scientist"
    identity.login("testuser2")
    assert identity.whoami(shared=False).handle == "testuser2"


@pytest.mark.parametrize("name", sorted(identity.NOBODY))
def test_a_name_that_many_share_is_refused_on_a_server(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one's own machine it is good enough; on a server it would make all of them one person."""
    monkeypatch.setenv("LOGNAME", name)
    assert getpass.getuser() == name
    assert identity.whoami(shared=False).handle == name
    with pytest.raises(LoginError, match=f"'{name}'.*provgraph login"):
        identity.whoami(shared=True)
    identity.login("testuser2")
    assert identity.whoami(shared=True).handle == "testuser2"


def test_nothing_is_made_on_a_server_by_nobody(
    project: Path, monkeypatch: pytest.MonkeyPatch, neo4j_server: object
) -> None:
    """Opening a server's store as root raises before anything is written to it."""
    environment = neo4j_server.environment()  # type: ignore[attr-defined]
    for variable, value in {**environment, "LOGNAME": "root"}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(LoginError):
        pg.init(project, name="nobodys", shared=True)
    assert current.if_open() is None
    monkeypatch.setenv("PROVGRAPH_USER", "testuser1")
    pg.init(project, name="nobodys", shared=True)
    assert pg.cypher("MATCH (n) WHERE n.space = 'nobodys' RETURN count(n) AS n") == [{"n": 0}]
