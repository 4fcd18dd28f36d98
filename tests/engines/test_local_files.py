"""The files by which the local engine is found, and who may use them."""

from __future__ import annotations

import json
import os
import stat
import sys
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import ClientError

from provgraph.engines.bolt import BoltEngine
from provgraph.engines.contract import Address, Credentials, Server
from provgraph.engines.local import LocalEngine
from provgraph.engines.local.files import EngineFiles
from provgraph.errors import DamagedInstanceError, EngineBusyError, EngineUnavailableError, LoginError
from tests.support.processes import PRELUDE, held, owners, started
from tests.support.public import AS_ROOT, NOBODY

if TYPE_CHECKING:
    from pathlib import Path


def _owner(**changes: Any) -> str:
    owner = {"host": "here", "pid": 1, "started": 0.0, "port": 1, "writer": "w", "reader": "r"}
    return json.dumps({**owner, **changes})


def test_an_owner_of_a_newer_provgraph_is_known(tmp_path: Path) -> None:
    """By what is known in its file; what is not known is left."""
    files = EngineFiles(tmp_path)
    files.server.write_text(_owner(more="x"))
    found = files.owner()
    assert found is not None
    assert found.port == 1


def test_an_interpreter_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that cannot be started is an error of ours."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(EngineUnavailableError, match="python does not run"):
        LocalEngine(tmp_path).start()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        _owner(port="many"),
        _owner(pid=-1),
        _owner(pid=None),
        _owner(more=1),
        "\x00" * 100,
        _owner(pid=2**31 - 1),
    ],
)
def test_a_damaged_or_stale_address_is_recognised(own: LocalEngine, text: str) -> None:
    """A `server.json` that is damaged, or names a process that is gone, is no owner; the engine replaces it."""
    own.files.server.write_text(text)
    assert own.owner() is None


def test_a_damaged_address_is_replaced(own: LocalEngine) -> None:
    """The engine starts beside a damaged `server.json` and writes a sound one."""
    own.files.server.write_text("{")
    own.locate()
    assert own.owner() is not None


def test_a_reused_process_number_is_recognised(own: LocalEngine) -> None:
    """A `server.json` with the number of a process that started at another time is stale."""
    owner = _owner(host=os.uname().nodename, pid=os.getpid(), started=psutil.Process().create_time() - 100)
    own.files.server.write_text(owner)
    assert own.owner() is None
    own.locate()
    assert own.owner() is not None


@pytest.mark.parametrize("call", [LocalEngine.locate, LocalEngine.stop])
def test_another_host_owns_it(own: LocalEngine, call: Any) -> None:
    """While another host holds the lock the error names that host, and nothing is started or changed."""
    own.files.server.write_text(_owner(host="node17"))
    with held(own.files.lock), pytest.raises(EngineBusyError, match=r"the host 'node17'"):
        call(own)
    assert json.loads(own.files.server.read_text())["host"] == "node17"
    assert owners(own.files.folder) == []


def test_another_host_owned_it(own: LocalEngine) -> None:
    """When another host is named but its lock is free the engine starts here."""
    own.files.server.write_text(_owner(host="node17"))
    own.locate()
    assert own.owner() is not None


def _open_to_others(own: LocalEngine) -> list[Path]:
    return [path for path in own.files.folder.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_files_are_for_their_user_alone(own: LocalEngine) -> None:
    """Every file and folder that the engine makes is for its user alone, while and after it runs."""
    with closing(BoltEngine(own)) as engine:
        engine.write(lambda transaction: transaction.run("CREATE (:Kept)"))
        assert len(list(own.files.folder.rglob("*"))) > 10
        assert _open_to_others(own) == []
    own.stop()
    assert _open_to_others(own) == []


def test_files_that_were_opened_to_others_are_closed_at_the_next_start(own: LocalEngine, tmp_path: Path) -> None:
    """As a copy, a restore or a chmod leaves them; what a link leads to is not the engine's."""
    own.locate()
    own.stop()
    for path in own.files.folder.rglob("*"):
        path.chmod(0o777)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    elsewhere.chmod(0o644)
    (own.files.root / "link").symlink_to(elsewhere)
    own.locate()
    (own.files.root / "link").unlink()
    assert _open_to_others(own) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


@AS_ROOT
def test_an_address_that_another_user_wrote_is_none(own: LocalEngine) -> None:
    """In a folder that a group may write to, its passwords would lead to that user's server."""
    own.locate()
    os.chown(own.files.server, NOBODY, NOBODY)
    assert own.owner() is None


def test_passwords_stand_in_their_file_alone(own: LocalEngine) -> None:
    """They are not among the arguments and variables of the engine, in another file, or in what is printed of it."""
    address, owner = own.locate(), own.owner()
    assert owner is not None
    (process,) = owners(own.files.folder)
    told = [repr(address), str(owner), *process.cmdline(), *process.environ().values()]
    told += [path.read_bytes().decode(errors="replace") for path in own.files.folder.rglob("*") if path.is_file()]
    held = [text for text in told if owner.writer in text or owner.reader in text]
    assert held == [own.files.server.read_text()]


def test_it_listens_on_loopback_alone(own: LocalEngine) -> None:
    """All sockets on which the engine listens are bound to this machine's loopback address."""
    own.locate()
    sockets = [each for each in owners(own.files.folder)[0].net_connections("inet") if each.status == "LISTEN"]
    assert {each.laddr.ip.removeprefix("::ffff:") for each in sockets} == {"127.0.0.1"}


ASKED = {
    "/api/v1/databases": None,
    "/api/v1/server": None,
    "/api/v1/mcp": b"{}",
    "/api/v1/query/prov/sql/select%201": None,
    "/api/v1/command/prov": b'{"language": "cypher", "command": "MATCH (n) DETACH DELETE n"}',
    "/api/v1/begin/prov": b"{}",
    "/api/v1/login": b"{}",
    "/ws": None,
}
"""Paths of the engine's HTTP port, with what is posted there."""


def test_its_http_wants_the_password(own: LocalEngine) -> None:
    """The port answers 401 to who has no password, for databases, settings, commands and the MCP endpoint."""
    own.locate()
    bolt = own.owner()
    assert bolt is not None
    sockets = owners(own.files.folder)[0].net_connections("inet")
    (port,) = {each.laddr.port for each in sockets if each.status == "LISTEN"} - {bolt.port}
    for path, posted in ASKED.items():
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", posted, timeout=10)
        caught.value.close()


def test_passwords_are_new_at_each_start(own: LocalEngine) -> None:
    """Each start makes new passwords; those of the start before, and guesses, are refused."""
    before = own.locate()
    own.stop()
    after = own.locate()
    assert before.writer is not None
    assert {before.writer, before.reader}.isdisjoint({after.writer, after.reader})
    for credentials in (before.writer, Credentials("root", ""), Credentials("reader", "reader"), None):
        address = Address(after.url, credentials, database=after.database)
        with closing(BoltEngine(Server(address))) as engine, pytest.raises(LoginError):
            engine.read("RETURN 1")


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (:Kept)",
        "MATCH (n:Kept) SET n.x = 1",
        "MATCH (n:Kept) DETACH DELETE n",
        "CREATE INDEX k FOR (n:Kept) ON (n.x)",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    ],
)
def test_the_reader_is_refused_by_the_engine(local_engine: LocalEngine, cypher: str) -> None:
    """The reading user is refused every write by the engine itself, however the query gets there."""
    with closing(BoltEngine(local_engine)) as engine:
        engine.write(lambda transaction: transaction.run("MERGE (:Kept {uid: 'x'})"))
    address = local_engine.locate()
    assert address.reader is not None
    auth = (address.reader.username, address.reader.password)
    with (
        GraphDatabase.driver(address.url, auth=auth) as driver,
        driver.session(database=address.database) as session,
        pytest.raises(ClientError, match=r"Security\.Forbidden"),
    ):
        session.run(cypher).consume()


def test_durable_settings_are_there_at_each_start(own: LocalEngine) -> None:
    """Every start has commits flushed, files unread and commands bounded, also where somebody took that away."""
    path = own.files.root / "databases" / "prov" / "configuration.json"
    wanted = {
        "txWalFlush": 1,
        "indexDefaultPageSize": 65_536,
        "opencypher.loadCsv.allowFileUrls": False,
        "command.timeout": 300_000,
    }
    own.locate()
    assert json.loads(path.read_text())["configuration"] == wanted
    own.stop()
    path.write_text(json.dumps({"configuration": {"txWalFlush": 0}}))
    own.locate()
    assert json.loads(path.read_text())["configuration"] == wanted


def test_indexes_have_small_pages(own: LocalEngine) -> None:
    """A commit copies one page for each index that it touches; the size stands in the names of their files."""
    with closing(BoltEngine(own)) as engine:
        engine.write(lambda tx: tx.run("CREATE CONSTRAINT kept IF NOT EXISTS FOR (n:Kept) REQUIRE n.uid IS UNIQUE"))
        engine.write(lambda tx: tx.run("CREATE INDEX named IF NOT EXISTS FOR (n:Kept) ON (n.name)"))
    names = [path.name.split(".") for path in (own.files.root / "databases" / "prov").glob("Kept_*idx")]
    assert len(names) == 2
    assert {each[-3] for each in names} == {"65536"}


def test_a_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there, or is a file, is an error that says what to do, and nothing is made."""
    with pytest.raises(DamagedInstanceError, match="provgraph init"):
        LocalEngine(tmp_path / "none").locate()
    (tmp_path / "file").write_text("")
    for call in (LocalEngine.locate, LocalEngine.start):
        with pytest.raises(DamagedInstanceError, match="is a file"):
            call(LocalEngine(tmp_path / "file"))
    assert not (tmp_path / "none").exists()


@AS_ROOT
def test_a_folder_of_another_user(own: LocalEngine) -> None:
    """A folder that belongs to another user is refused, its server is not spoken to, and none is started."""
    own.files.server.write_text(_owner())
    os.chown(own.files.folder, NOBODY, NOBODY)
    for call in (own.locate, own.start):
        with pytest.raises(DamagedInstanceError, match=rf"engine belong to \w+ \(uid {NOBODY}\).*Neo4j"):
            call()
    assert owners(own.files.folder) == []


@AS_ROOT
def test_a_folder_that_cannot_be_written(own: LocalEngine) -> None:
    """A folder that its user may not write is an error that names it, and nothing is started."""
    place = own.files.folder
    script = (
        "import os, psutil, filelock, provgraph.engines.local.process\n"
        + PRELUDE.replace("from provgraph.engines.bolt import BoltEngine\n", "")
        + f"os.chdir(sys.argv[1]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "local = LocalEngine(Path('.'))\n"
        "try:\n    local.locate()\nexcept Exception as error:\n    print(type(error).__name__, error)"
    )
    os.chown(place, NOBODY, NOBODY)
    place.chmod(0o500)
    process = started(script, place)
    out, err = process.communicate(timeout=60)
    place.chmod(0o700)
    assert (err, out.split(" ")[0]) == ("", "DamagedInstanceError")
    assert "cannot be written (Permission denied)" in out
