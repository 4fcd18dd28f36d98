"""Servers: which one is used, and what is refused."""

from __future__ import annotations

import json
import socket
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.engines.local import LocalEngine
from provgraph.errors import EngineUnavailableError, InvalidValueError, LoginError, ProvgraphError, SetupError
from provgraph.store import current
from provgraph.store.instances import instance
from tests.support.commands import process
from tests.support.projects import config, in_another_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.neo4j_server import Neo4jServer


def test_connect_is_kept_for_later_processes(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URL stands in the instance, the password does not."""
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    pg.init(name="connected", url=neo4j_server.url, shared=True)
    assert config(project)["url"] == neo4j_server.url
    assert neo4j_server.password not in (project / ".provgraph" / "config.json").read_text()
    assert in_another_process("print(pg.info()['engine'])") == neo4j_server.url
    assert pg.connect(neo4j_server.url).space == "connected"


def test_another_name_for_a_space_that_is_used_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The records so far are found under the name before."""
    pg.init(name="old")
    pg.init(name="new")
    assert "space 'old'" not in capsys.readouterr().err
    pg.Transform(name="step").save()
    pg.init(name="newest")
    assert "the records so far are in the space 'new'" in capsys.readouterr().err
    assert pg.init(project, name="new").space == "new"
    assert pg.Transform.filter().count() == 1


def test_connect_to_a_folder_opens_its_instance(project: Path) -> None:
    """The working directory's own instance stays what it is."""
    (project / "other").mkdir()
    pg.init("other", name="other")
    pg.init()
    assert pg.connect("other").space == "other"
    assert in_another_process("print(pg.info()['space'])") == "my_project"
    current.close()
    current.local_engine(instance.read(project / "other")).stop()


# Who else is there


@pytest.fixture
def joined(project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name is that of a project of ada's, who has saved two transforms and a run on the same server."""
    for name, value in {**neo4j_server.environment(), "PROVGRAPH_USER": "ada"}.items():
        monkeypatch.setenv(name, value)
    name = f"analysis-{project.parent.name}"
    for each in ("first", "second"):
        (project / each / name).mkdir(parents=True)
    pg.init(project / "first" / name, shared=True)
    pg.Run(pg.Transform(name="step").save()).save()
    pg.Transform(name="other step").save()
    current.close()
    monkeypatch.setenv("PROVGRAPH_USER", "grace")
    monkeypatch.chdir(project / "second" / name)
    return project / "second" / name


@pytest.mark.parametrize("way", ["init", "connect", "save", "look and save", "local before"])
def test_joining_a_space_that_holds_records_is_said(
    way: str,
    joined: Path,
    capsys: pytest.CaptureFixture[str],
    neo4j_server: Neo4jServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the instance comes to the server: which space, how many records of whom, and how to have one's own."""
    if way == "local before":
        monkeypatch.delenv("PROVGRAPH_URL")
        pg.init(joined)
        current.close()
        LocalEngine(joined / ".provgraph").stop()
        monkeypatch.setenv("PROVGRAPH_URL", neo4j_server.url)
    capsys.readouterr()
    if way == "look and save":
        pg.info()
        assert "joined" not in capsys.readouterr().err
    calls: dict[str, Callable[[], object]] = {
        "init": lambda: pg.init(joined),
        "connect": lambda: pg.connect(neo4j_server.url),
    }
    calls.get(way, pg.Transform(name="mine").save)()
    said = [line for line in capsys.readouterr().err.splitlines() if "joined" in line]
    assert len(said) == 1
    assert said[0].startswith(f"! joined the space '{joined.name}', which holds 3 records already (ada 3)")
    assert "pg.init(name=...)" in said[0]
    pg.init()
    current.close()
    pg.Transform(name="mine too").save()
    assert "joined" not in capsys.readouterr().err
    pg.init(name=f"own-{joined.name}")
    assert "joined" not in capsys.readouterr().err


def test_records_of_others_are_named_before_they_go(joined: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without force nothing goes, with it they are told."""
    pg.init(joined)
    pg.Transform(name="mine").save()
    with pytest.raises(InvalidValueError, match=r"holds 4 records, 3 of them of others \(ada 3\).*force"):
        pg.delete()
    assert pg.Transform.filter().count() == 3
    pg.delete(force=True)
    assert f"! of others in the space '{joined.name}' 3 records will be gone (ada 3)" in capsys.readouterr().err
    assert pg.Transform.filter().count() == 0


def test_looking_who_else_is_there_is_one_statement_once(joined: Path) -> None:
    """Only making an instance asks for it."""
    made = pg.init(joined).engine.statements
    current.close()
    assert current.existing().engine.statements == made - 1


class Web(BaseRequestHandler):
    """A web server, as the Browser's port is one: it answers to what it does not understand."""

    def handle(self) -> None:
        """Answer as Jetty does."""
        self.request.recv(100)
        self.request.sendall(b"HTTP/1.1 400 No URI\r\nConnection: close\r\n\r\n")


@pytest.fixture
def web() -> Iterator[str]:
    """The address of a web server."""
    with ThreadingTCPServer(("127.0.0.1", 0), Web) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:7474",
        "localhost:7687",
        "neo4j://",
        "postgres://x",
        "bolt://127.0.0.1:notaport",
        "bolt://127.0.0.1:99999",
        "bolt://:7687",
        "neo4j://::1:7687",
        "neo4j://[::1",
        "neo4j://[::1]:x",
    ],
)
@pytest.mark.parametrize("way", ["environment", "init", "connect"])
def test_an_address_that_is_none_is_refused(project: Path, url: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whatever way it is given; nothing is written in the project."""
    if way == "connect" and "://" not in url:
        url = f"x://{url}"
    _refused(way, url, SetupError, "neo4j://host:7687", monkeypatch)
    assert not (project / ".provgraph").exists()


@pytest.mark.parametrize("way", ["init", "connect"])
def test_a_closed_port_is_refused(project: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the address; the project does not keep it."""
    pg.init()
    current.close()
    address = f"bolt://{closed_port()}"
    _refused(way, address, EngineUnavailableError, address, monkeypatch)
    assert config(project)["url"] is None


def test_a_closed_port_of_the_environment_loses_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded waits for that server alone; a question names the address."""
    address = f"bolt://{closed_port()}"
    monkeypatch.setenv("PROVGRAPH_URL", address)
    pg.Transform(name="step").save()
    with pytest.raises(EngineUnavailableError, match=address):
        pg.Transform.filter().count()
    assert config(project)["url"] is None
    current.close()
    with pytest.raises(EngineUnavailableError, match=address):
        pg.info()
    monkeypatch.delenv("PROVGRAPH_URL")
    assert pg.Transform.filter().count() == 0, "it is not for the local engine"
    assert len(list((project / ".provgraph" / "spool").iterdir())) == 1


def test_a_refused_server_leaves_no_instance(project: Path) -> None:
    """The next try begins where the first did."""
    for call in (lambda url: pg.init(url=url), pg.connect):
        with pytest.raises(EngineUnavailableError):
            call(f"bolt://{closed_port()}")
        assert not (project / ".provgraph").exists()


def test_a_web_server_is_refused(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the port of Bolt."""
    _refused("environment", f"bolt://{web}", SetupError, "7687", monkeypatch)


def test_a_wrong_password_is_refused(neo4j_server: Neo4jServer, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variables to set; nothing is written in the project."""
    monkeypatch.setenv("NEO4J_PASSWORD", "not-the-password")
    _refused("environment", neo4j_server.url, LoginError, "NEO4J_PASSWORD", monkeypatch)
    assert not (project / ".provgraph").exists()


def test_a_password_that_is_not_set_is_named(neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody was refused who had a name."""
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_server.username)
    _refused("environment", neo4j_server.url, LoginError, "NEO4J_PASSWORD is not set", monkeypatch)


def _refused(way: str, url: str, error: type[ProvgraphError], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "environment":
        monkeypatch.setenv("PROVGRAPH_URL", url)
    calls: dict[str, Callable[[], object]] = {
        "environment": pg.Transform(name="step").save,
        "init": lambda: pg.init(url=url),
        "connect": lambda: pg.connect(url),
    }
    with pytest.raises(error) as raised:
        calls[way]()
    assert says in str(raised.value)
    assert current.if_open() is None


# When it is gone, and back to the local engine


@pytest.fixture
def gone(project: Path) -> str:
    """The address of a server that this project was connected to, and that is no more."""
    url = f"bolt://{closed_port()}"
    instance.write(instance.planned(project, space="screen", url=url))
    return url


@pytest.mark.parametrize("way", ["connect", "init", "shell", "shell init"])
def test_a_project_goes_back_to_the_local_engine(
    way: str, project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For this and later processes; one line says that the server's records do not come along."""
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    name = f"back-{project.parent.name}"
    pg.init(name=name, url=neo4j_server.url, shared=True)
    pg.Transform(name="step").save()
    calls: dict[str, Callable[[], object]] = {
        "connect": lambda: pg.connect("local"),
        "init": lambda: pg.init(url="local"),
        "shell": lambda: process("connect", "local"),
        "shell init": lambda: process("init", "--url", "local"),
    }
    calls[way]()
    current.close()
    assert (config(project)["url"], config(project)["space"]) == (None, name)
    assert in_another_process("print(pg.info()['engine'], pg.Transform.filter().count())") == "local 0"
    assert pg.connect(neo4j_server.url).space == name
    assert pg.Transform.filter().list("name") == ["step"]


def test_the_way_back_needs_no_server(project: Path, gone: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is most wanted when the server is gone."""
    assert pg.connect("local").instance.url is None
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == f"→ back on the local engine; what was recorded on {gone} stays there"
    pg.connect("local")
    assert "back on" not in capsys.readouterr().err
    assert config(project)["url"] is None


def test_the_local_engine_that_code_names_wins_over_the_environment_s_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process; the line says that other processes go to the environment's."""
    monkeypatch.setenv("PROVGRAPH_URL", f"bolt://{closed_port()}")
    assert pg.connect("local").instance.url is None
    assert "! PROVGRAPH_URL names a server; it is used by processes that do not" in capsys.readouterr().err


def test_an_error_names_where_the_address_comes_from(project: Path, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration, the environment, or neither when code gave it."""
    file = str(project / ".provgraph" / "config.json")
    for call, named in ((pg.info, True), (lambda: pg.connect(f"bolt://{closed_port()}"), False)):
        with pytest.raises(EngineUnavailableError) as raised:
            call()
        assert ((file in str(raised.value)), "PROVGRAPH_URL" in str(raised.value)) == (named, False)
    monkeypatch.setenv("PROVGRAPH_URL", gone)
    with pytest.raises(EngineUnavailableError, match="mend its address in PROVGRAPH_URL"):
        pg.info()


def test_what_is_known_is_shown_without_the_server(gone: str) -> None:
    """`info` says which store this is and that its graph cannot be reached, and exits with 1."""
    done = process("info", "--json")
    assert done.returncode == 1
    facts = json.loads(done.stdout)
    assert (facts["space"], facts["engine"], facts["user"]) == ("screen", gone, "testuser1")
    assert facts["graph"] == "not reached"
    assert done.stderr.startswith(f"Error: no engine answers at {gone}")
    assert process("connect", "local").returncode == 0
    assert json.loads(process("info", "--json", SLURM_JOB_ID="1").stdout)["graph"] == "not reached"


def test_what_is_known_is_shown_where_only_the_environment_says_it(project: Path) -> None:
    """Before the first write there is no instance."""
    done = process("info", "--json", PROVGRAPH_URL="bolt://127.0.0.1:1")
    assert (done.returncode, json.loads(done.stdout)["engine"]) == (1, "bolt://127.0.0.1:1")
    assert not (project / ".provgraph").exists()


def test_deleting_without_the_server_deletes_nothing(project: Path, gone: str) -> None:
    """The error says what cannot be removed, and both ways to go on."""
    copy = project / ".provgraph" / "storage" / "a.csv"
    copy.write_text("1")
    done = process("delete", "--force")
    assert (done.returncode, config(project)["url"], copy.read_text()) == (1, gone, "1")
    assert f"the instance stays: the records of 'screen' on {gone} cannot be removed" in done.stderr
    assert "provgraph connect local, then provgraph delete --force" in done.stderr
    copy.unlink()
    assert process("connect", "local").returncode == 0
    assert process("delete", "--force").returncode == 0
    assert not (project / ".provgraph").exists()


# Who wins: code, the environment, the instance


def test_the_environment_s_server_wins_over_the_instance(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not written into it."""
    pg.init(name=project.parent.name)
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    current.close()
    assert pg.info()["engine"] == neo4j_server.url
    pg.init(shared=True)
    assert pg.info()["engine"] == neo4j_server.url
    assert config(project)["url"] is None


def test_a_server_that_code_names_wins_over_the_environment_s(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process; the line says that other processes go to the environment's."""
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    monkeypatch.setenv("PROVGRAPH_URL", f"bolt://{closed_port()}")
    pg.init(name=project.parent.name, url=neo4j_server.url, shared=True)
    assert pg.connect(neo4j_server.url).instance.url == neo4j_server.url
    assert "! PROVGRAPH_URL names another server" in capsys.readouterr().err
    assert pg.info()["engine"] == neo4j_server.url
    assert config(project)["url"] == neo4j_server.url


def test_a_server_can_be_looked_at_without_an_instance(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking makes none; the first write does, and does not keep the environment's address."""
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    assert pg.info()["engine"] == neo4j_server.url
    assert pg.cypher("RETURN 1 AS one") == [{"one": 1}]
    assert pg.Transform.filter(name=project.parent.name).count() == 0
    assert instance.find(project) is None
    pg.Transform(name=project.parent.name).save()
    assert config(project)["url"] is None
    pg.delete(force=True)


def test_the_store_that_is_open_is_the_one_that_is_deleted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one of the folder in which the process happens to be."""
    pg.init()
    (project / "other").mkdir()
    pg.init("other")
    monkeypatch.chdir(project)
    pg.delete()
    assert not (project / "other" / ".provgraph").exists()
    assert (project / ".provgraph" / "config.json").exists()
