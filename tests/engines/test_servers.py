"""Servers that are not what they should be: each is a named error, soon."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from provgraph.engines import link
from provgraph.engines.bolt import BoltEngine
from provgraph.engines.contract import Address, Credentials, Server
from provgraph.errors import EngineUnavailableError, LoginError, SetupError
from tests.support.tls import encrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.neo4j_server import Neo4jServer

SCHEMES = pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
WHO = Credentials("neo4j", "secret-word")


def _asked(url: str, who: Credentials | None = WHO, database: str | None = None) -> None:
    with closing(BoltEngine(Server(Address(url, who, database=database, named_in="PROVGRAPH_URL")))) as engine:
        engine.read("RETURN 1")


@contextmanager
def _listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accept connections on a free port, and answer each in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                taken.append(connection)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in taken:
                connection.close()


@SCHEMES
@pytest.mark.parametrize("host", ["127.0.0.1:notaport", "127.0.0.1:65536", "[::1", "::1:7687", ":7687", ""])
def test_a_host_or_a_port_that_is_none(scheme: str, host: str) -> None:
    """It is refused before anything is sent, with what is wrong."""
    with pytest.raises(SetupError, match="is not the address of a Neo4j server"):
        _asked(f"{scheme}://{host}")


@SCHEMES
def test_an_address_of_the_sixth_version(scheme: str) -> None:
    """In brackets it is one; nothing listens there."""
    with pytest.raises(EngineUnavailableError):
        _asked(f"{scheme}://[::1]:1")


@SCHEMES
def test_a_closed_port(scheme: str) -> None:
    """Where nothing listens the error names the address and what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EngineUnavailableError, match=rf"{scheme}://127.0.0.1:{port}.*(?s:.)*PROVGRAPH_URL"):
        _asked(f"{scheme}://127.0.0.1:{port}")


@SCHEMES
def test_an_http_server(scheme: str) -> None:
    """A web server is told from a Bolt server, as when the port of the browser was given."""

    def answer(each: socket.socket) -> None:
        each.recv(100)
        each.sendall(b"HTTP/1.1 400 No URI\r\nConnection: close\r\n\r\n")

    with _listening(answer) as port, pytest.raises(SetupError, match="does not answer in Bolt"):
        _asked(f"{scheme}://127.0.0.1:{port}")


@SCHEMES
def test_a_server_that_never_answers(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and never answers is given up; a tunnel without its other end does so."""
    monkeypatch.setattr(link, "CONNECTED_WITHIN", 0.5)
    with _listening(lambda _: None) as port, pytest.raises(EngineUnavailableError, match="no engine answers"):
        _asked(f"{scheme}://127.0.0.1:{port}")


@SCHEMES
def test_a_server_that_hangs_up(scheme: str) -> None:
    """A server that closes each connection at once is an engine that does not answer."""
    with _listening(lambda each: each.close()) as port, pytest.raises(EngineUnavailableError, match="no engine"):
        _asked(f"{scheme}://127.0.0.1:{port}")


@SCHEMES
@pytest.mark.parametrize("answer", [b"\0\0\0\0", b"\x00\x00\x04\x04"], ids=["none", "4.4"])
def test_a_server_of_an_old_protocol(scheme: str, answer: bytes) -> None:
    """A server that shares no version of Bolt with us, or only one of Neo4j 4, is told to be renewed."""
    with (
        _listening(lambda each: _shake_hands(each, answer, "Neo4j/4.4.30")) as port,
        pytest.raises(SetupError, match=r"Use Neo4j 5\.26 or newer"),
    ):
        _asked(f"{scheme}://127.0.0.1:{port}")


def test_a_server_too_old() -> None:
    """A Neo4j before 5.26 is refused with its version, before anything is asked of it."""
    with (
        _listening(lambda each: _shake_hands(each, b"\x00\x00\x04\x05", "Neo4j/5.12.0")) as port,
        pytest.raises(SetupError, match=r"Neo4j/5\.12\.0, which is too old"),
    ):
        _asked(f"bolt://127.0.0.1:{port}")


def _shake_hands(connection: socket.socket, version: bytes, agent: str) -> None:
    """Agree on a version of Bolt, then answer each message with success, as a Neo4j of that age would."""
    facts = {"server": agent, "connection_id": "bolt-1"}
    packed = b"".join(bytes([0x80 + len(text)]) + text.encode() for pair in facts.items() for text in pair)
    success = b"\xb1\x70" + bytes([0xA0 + len(facts)]) + packed
    with contextlib.suppress(OSError):
        connection.recv(20)
        connection.sendall(version)
        while received := connection.recv(65_536):
            messages = received.count(b"\0\0") or 1
            connection.sendall((len(success).to_bytes(2, "big") + success + b"\0\0") * messages)


@pytest.mark.parametrize("url", ["http://127.0.0.1:7474", "127.0.0.1:7687", "bolt://", "neo4j:///db", "ftp://x", ""])
def test_an_address_that_is_none(url: str) -> None:
    """What is no address of a Neo4j server is refused with an example of one."""
    with pytest.raises(SetupError, match="neo4j://host:7687"):
        _asked(url)


@SCHEMES
@pytest.mark.parametrize("who", [Credentials("neo4j", "wrong"), Credentials("nobody", "x"), None])
def test_a_wrong_password(neo4j_server: Neo4jServer, scheme: str, who: Credentials | None) -> None:
    """A wrong password, an unknown user and no login at all are refused with the variables to set."""
    url = f"{scheme}://{neo4j_server.url.partition('://')[2]}"
    with pytest.raises(LoginError, match="NEO4J_USERNAME and NEO4J_PASSWORD"):
        _asked(url, who)


@SCHEMES
def test_a_database_that_does_not_exist(neo4j_server: Neo4jServer, scheme: str) -> None:
    """A database that the server does not have is named, with the variable to set."""
    url = f"{scheme}://{neo4j_server.url.partition('://')[2]}"
    with pytest.raises(SetupError, match=r"no database 'nowhere'.*NEO4J_DATABASE"):
        _asked(url, Credentials(neo4j_server.username, neo4j_server.password), "nowhere")


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """A server that is not there leaves no line of the driver's in the terminal."""
    with pytest.raises(EngineUnavailableError):
        _asked("neo4j://127.0.0.1:9")
    assert capfd.readouterr() == ("", "")


def test_a_certificate_that_is_not_trusted_is_refused_unless_that_is_asked_for(engine: BoltEngine) -> None:
    """By an error that says how to ask for it; nothing is sent before."""
    address = engine.address()
    with encrypted(int(address.url.rpartition(":")[2]), trustme.CA()) as port:
        for scheme in ("bolt+s", "neo4j+s"):
            with pytest.raises(EngineUnavailableError, match=r"certificate .* is not trusted(?s:.)*\+ssc"):
                _asked(f"{scheme}://localhost:{port}", address.writer, address.database)
        _asked(f"bolt+ssc://localhost:{port}", address.writer, address.database)


def test_a_certificate_of_a_trusted_authority(
    engine: BoltEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken for its own host alone."""
    authority, address = trustme.CA(), engine.address()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with encrypted(int(address.url.rpartition(":")[2]), authority) as port:
        _asked(f"bolt+s://localhost:{port}", address.writer, address.database)
        with pytest.raises(EngineUnavailableError, match=r"not trusted(?s:.)*name of the host"):
            _asked(f"bolt+s://127.0.0.1:{port}", address.writer, address.database)


@pytest.mark.parametrize("scheme", ["bolt+s", "bolt+ssc", "neo4j+s"])
def test_a_server_without_tls(engine: BoltEngine, scheme: str) -> None:
    """It is named, with what to write instead."""
    address = engine.address()
    host = address.url.partition("://")[2]
    with pytest.raises(EngineUnavailableError, match=r"in TLS(?s:.)*bolt://"):
        _asked(f"{scheme}://{host}", address.writer, address.database)
