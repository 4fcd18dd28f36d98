"""A real Neo4j for the tests, from Maven Central: the same version as in docker-compose.yml."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock
from neo4j import GraphDatabase

from provgraph.engines.local.process import Detached
from tests.support.skips import lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Command = Callable[[Path, int], list[str]]

HERE = Path(__file__).parent / "neo4j"
CACHE = Path(__file__).parents[2] / ".cache"
OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch")
SMALL = ("-Xmx768m", "-XX:+UseSerialGC")
"""No `TieredStopAtLevel=1`: it would start sooner, and plan each of thousands of queries for twice as long."""
JAVA = 17
"""The oldest Java that this Neo4j runs on."""
NEEDED = "the real Neo4j needs Java 17 (a JDK) and Maven: apt-get install openjdk-17-jdk-headless maven"
START = 120
"""Seconds within which it must answer."""
STOP = 10
"""Seconds within which it must end by itself."""


@dataclass(frozen=True)
class Neo4jServer:
    """Where it answers, and as whom to speak to it."""

    url: str
    username: str
    password: str

    def environment(self) -> dict[str, str]:
        """Give the variables by which a process uses it."""
        return {"PROVGRAPH_URL": self.url, "NEO4J_USERNAME": self.username, "NEO4J_PASSWORD": self.password}


@functools.cache
def has_tools() -> bool:
    """Tell whether there is Maven, and a Java that is new enough and can compile."""
    if not shutil.which("java") or not shutil.which("mvn"):
        return False
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, text=True, check=False).stdout
    compiler = re.search(r"jdk\.compiler@(\d+)", modules)
    return compiler is not None and int(compiler[1]) >= JAVA


def require_tools() -> None:
    """Skip with one line when Java or Maven is missing; with CI=true fail."""
    if not has_tools():
        lacking(NEEDED)


@contextlib.contextmanager
def shared(folder: Path, command: Command | None = None) -> Iterator[Neo4jServer]:
    """Give the one server of all processes that name this folder; the first starts it, it ends with the last.

    Each holds the other end of its standard input, a pipe with a name. `command` starts another one than Neo4j on a
    port, which needs no password.
    """
    if command is None:
        require_tools()
    folder.mkdir(exist_ok=True)
    kept = folder / "server.json"
    lifeline = _lifeline(folder / "lifeline")
    try:
        with FileLock(folder / "lock"):
            if not kept.exists() or not is_open(Neo4jServer(**json.loads(kept.read_text()))):
                kept.write_text(json.dumps(asdict(_started(folder, lifeline, command))))
        os.close(lifeline.read)
        yield Neo4jServer(**json.loads(kept.read_text()))
    finally:
        os.close(lifeline.write)


def is_open(server: Neo4jServer) -> bool:
    """Tell whether anybody listens there."""
    host, _, port = server.url.removeprefix("bolt://").partition(":")
    with socket.socket() as asking:
        return asking.connect_ex((host, int(port))) == 0


class Lifeline(NamedTuple):
    """Both ends of a pipe with a name."""

    read: int
    write: int


def _lifeline(path: Path) -> Lifeline:
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path)
    read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else it waits for who writes
    return Lifeline(read, os.open(path, os.O_WRONLY))


def _started(folder: Path, lifeline: Lifeline, command: Command | None) -> Neo4jServer:
    port, log = free_port(), folder / "neo4j.log"
    os.set_blocking(lifeline.read, True)
    with log.open("wb") as out:
        words = (command or _of_neo4j)(folder, port)
        process = Detached(words, stdin=lifeline.read, stdout=out, stderr=out, cwd=folder)
    server = _answering(process, port, log)
    if command is None:
        _set_password(server)
    return server


def _of_neo4j(folder: Path, port: int) -> list[str]:
    opens = [f"--add-opens={each}=ALL-UNNAMED" for each in OPENED]
    program = [str(HERE / "Neo4jServer.java"), str(folder / f"data-{port}"), str(port)]
    return ["java", *SMALL, *opens, "-cp", f"{jars()}/*", *program]


def free_port() -> int:
    """Find a port of the loopback that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def version() -> str:
    """Give the version of Neo4j that pom.xml names."""
    found = re.search(r"<version>(5[^<]+)</version>", (HERE / "pom.xml").read_text())
    assert found is not None
    return found[1]


def jars() -> Path:
    """Give the folder with Neo4j's jars; copied once, and there only when complete."""
    folder = CACHE / f"neo4j-{version()}"
    CACHE.mkdir(exist_ok=True)
    with FileLock(CACHE / "neo4j.lock"):
        if not folder.is_dir():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            copy = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
            options = ["-DincludeScope=runtime", f"-DoutputDirectory={part}"]
            subprocess.run([*copy, *options], check=True, stdin=subprocess.DEVNULL)
            part.rename(folder)
    return folder


def _answering(process: subprocess.Popen[bytes], port: int, log: Path) -> Neo4jServer:
    """Wait until it answers."""
    server = Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", "a-password-for-tests")
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        if "ready" in log.read_text().splitlines():
            return server
        time.sleep(0.1)
    raise RuntimeError(f"Neo4j did not start: {log.read_text()[-2000:]}")


def _set_password(server: Neo4jServer) -> None:
    with (
        GraphDatabase.driver(server.url, auth=("neo4j", "neo4j")) as driver,
        driver.session(database="system") as session,
    ):
        session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=server.password).consume()
