"""A real Neo4j for the tests, from Maven Central: the same version as in docker-compose.yml."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from neo4j import GraphDatabase

from tests.support.skips import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "neo4j"
CACHE = Path(__file__).parents[2] / ".cache"
OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch")
QUICK = ("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Measured: halves the processor time until it answers."""
JAVA = 17
"""The oldest Java that this Neo4j runs on."""
NEEDED = "the real Neo4j needs Java 17 (a JDK) and Maven: apt-get install openjdk-17-jdk-headless maven"
START = 120
"""Seconds within which it must answer."""
STOP = 30
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


def running(folder: Path) -> Iterator[Neo4jServer]:
    """Start a server with its data in `folder`, give it, and stop it."""
    require_tools()
    with started(folder) as (_, server):
        yield server


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Neo4jServer]]:
    """Give the server and its process, which also ends when this process dies: its standard input closes then."""
    port, log = free_port(), folder / "neo4j.log"
    opens = [f"--add-opens={each}=ALL-UNNAMED" for each in OPENED]
    program = [str(HERE / "Neo4jServer.java"), str(folder / "data"), str(port)]
    command = ["java", *QUICK, *opens, "-cp", f"{jars()}/*", *program]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=folder) as process,
    ):
        try:
            yield process, _answering(process, port, log)
        finally:
            process.kill()  # its data is thrown away; an orderly end takes ten seconds


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
    """Wait until it answers, and give its user a password."""
    server = Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", "a-password-for-tests")
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        if "ready" in log.read_text().splitlines():
            _set_password(server)
            return server
        time.sleep(0.1)
    raise RuntimeError(f"Neo4j did not start: {log.read_text()[-2000:]}")


def _set_password(server: Neo4jServer) -> None:
    with (
        GraphDatabase.driver(server.url, auth=("neo4j", "neo4j")) as driver,
        driver.session(database="system") as session,
    ):
        session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=server.password).consume()
