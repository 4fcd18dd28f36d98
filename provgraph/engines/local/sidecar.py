"""The process that runs the local engine: `python -m provgraph.engines.local.sidecar FOLDER IDLE CEILING` (seconds).

It takes the lock, starts ArcadeDB with its Bolt plugin on a free loopback port, publishes where it answers, and stops
on SIGTERM, after the idle time (when a backup was kept), or when its folder is gone. It exits with 0 when another
process owns the store, and with 1 when one holds the lock that does not come to own it.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph.engines.local.files import DATABASE, EngineFiles, Owner, place

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at the idle time and the folder."""

OWNER_EXPECTED_EVERY: Final = 0.01
"""Seconds between two looks for the owner that holds the lock but has not yet said where it answers."""

OWNER_EXPECTED_WITHIN: Final = 50.0
"""Seconds after which that is given up: less than whoever started this process waits for it."""

BELIEVED_AFTER: Final = 0.5
"""Seconds that the lock is held before an owner that cannot be seen from here is believed to hold it.

`server.json` may be what the last owner left, and who looks whether the lock is free holds it for an instant.
"""

KEEPER: Final = "provgraph.store.backups.keeper"
"""The module that keeps a backup; it is above this one, which does not import it."""

KEPT_WITHIN: Final = 1_800.0
"""Seconds that keeping a backup may take before the engine stops without it."""

KEEPER_LOOKED_AT_EVERY: Final = 0.05

PORT_TRIES: Final = 5
"""How often ports are chosen before it is given up."""

FILES_NEEDED: Final = 256
"""Files that the engine must be able to hold open: one for each index of the store, and the clients' connections."""

FILES_WANTED: Final = 8_192

INDEX_PAGE: Final = 65_536
"""Bytes of an index's page, of which a commit copies and writes one for each index. ArcadeDB's own 262,144 take twice
the time for a small commit; smaller ones save nothing more (measured)."""

KEPT_LOGS: Final = 6

GROUPS: Final = {
    "admin": (
        ["updateSecurity", "updateSchema", "updateDatabaseSettings"],
        ["createRecord", "readRecord", "updateRecord", "deleteRecord"],
    ),
    "reader": ([], ["readRecord"]),
    "*": ([], []),
}
"""ArcadeDB's security groups: what each may do to the database, and to records."""


def main(folder: str, idle: str, ceiling: str) -> int:
    """Own the store in `folder` until it is time to stop; 0 when all went well or another process owns it."""
    import filelock

    files = EngineFiles(Path(folder))
    lock = filelock.FileLock(files.lock, mode=0o600)
    began = time.monotonic()
    while (waited := time.monotonic() - began) < OWNER_EXPECTED_WITHIN:
        try:
            with lock.acquire(blocking=False):
                return _serve(files, float(idle), float(ceiling))
        except filelock.Timeout:
            owner = files.owner()
            if owner is not None and (owner.is_alive() or (not owner.is_here() and waited > BELIEVED_AFTER)):
                return 0
            time.sleep(OWNER_EXPECTED_EVERY)
    owner = files.owner()
    who = "a process that does not say where it answers" if owner is None else owner.who()
    sys.stderr.write(f"{who} holds {files.lock}\n")
    return 1


def _serve(files: EngineFiles, idle: float, ceiling: float) -> int:
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    os.umask(0o077)
    files.server.unlink(missing_ok=True)  # what the last owner left: from now on whoever is named there holds the lock
    files.keep_private()
    _allow_files()
    held = {files.lock: files.lock.stat()}
    writer, reader = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    _configure(files.root, {"root": ("admin", writer), "reader": ("reader", reader)})
    server, port = _start(files.root, ceiling)
    files.activity.touch()
    held[files.database] = files.database.stat()
    who, at = (socket.gethostname(), os.getpid(), _own_start()), (files.identity, place("pid"), place("net"))
    files.publish(Owner(*who, port, writer, reader, *at))
    while not stopping.wait(LOOK_EVERY) and not (_is_over(files, idle) and _is_kept(files, stopping, idle)):
        pass
    if not all(_is_still(path, status) for path, status in held.items()):
        os._exit(0)  # the store was removed, or another one stands in its place: closing would write into that
    _withdraw(files)
    server.stop()
    return 0


def _allow_files() -> None:
    """Raise the limit of open files as far as the system lets us: a shell on macOS begins with 256, some with fewer.

    Where that is too few the engine does not start; it would end in the middle of its work.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FILES_WANTED:
        return
    allowed = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if allowed < FILES_NEEDED:
        sys.exit(f"it needs {FILES_NEEDED} open files and may have {allowed}; raise the limit (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _configure(root: Path, users: dict[str, tuple[str, str]]) -> None:
    """Write the engine's users and groups; the passwords are new at each start."""
    config = root / "config"
    config.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"name": name, "databases": {"*": [group]}, "password": _encoded(password)})
        for name, (group, password) in users.items()
    ]
    (config / "server-users.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    groups = {
        name: {"resultSetLimit": -1, "readTimeout": -1, "access": access, "types": {"*": {"access": records}}}
        for name, (access, records) in GROUPS.items()
    }
    (config / "server-groups.json").write_text(
        json.dumps({"databases": {"*": {"groups": groups}}, "version": 2}), encoding="utf-8"
    )
    for old in sorted((root / "log").glob("*"), key=lambda path: path.stat().st_mtime)[:-KEPT_LOGS]:
        old.unlink()


def _encoded(password: str) -> str:
    """Encode a password as ArcadeDB keeps it; one round is enough for 32 random bytes and saves 0.1 s a login."""
    salt = base64.b64encode(secrets.token_bytes(32)).decode()
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1, 32)
    return f"PBKDF2WithHmacSHA256$1${salt}${base64.b64encode(key).decode()}"


def _start(root: Path, ceiling: float) -> tuple[Any, int]:
    """Start ArcadeDB: every commit flushed, small pages, no LOAD CSV of local files, and a ceiling for each command."""
    os.environ.update(ARCADEDB_LOG_DIR=str(root / "log"), ARCADEDB_LOG_CONSOLE="0")
    server, port = _listening(root)
    database = server.create_database(DATABASE)
    wanted = {
        "txWalFlush": 1,
        "indexDefaultPageSize": INDEX_PAGE,
        "opencypher.loadCsv.allowFileUrls": False,
        "command.timeout": int(ceiling * 1000),
    }
    for name, value in _missing(root, wanted):
        database.command("sql", f"ALTER DATABASE `arcadedb.{name}` {json.dumps(value)}")
    if left := list(_missing(root, wanted)):
        raise RuntimeError(f"the engine did not take the settings {left}")
    return server, port


def _listening(root: Path, tries: int = PORT_TRIES) -> tuple[Any, int]:
    """Start the server on free ports; on others when somebody took one of them just before it could."""
    http, bolt = _free_ports()
    server = _arcadedb().create_server(
        root_path=str(root),
        config={
            "host": "127.0.0.1",
            "http_port": http,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt,
            "bolt_host": "127.0.0.1",
            "bolt_defaultDatabase": DATABASE,
            "server_mode": "development",
        },
    )
    try:
        server.start()
    except Exception as error:
        if tries == 1 or "listen" not in str(error):
            raise
        server.stop()
        return _listening(root, tries - 1)
    return server, bolt


def _arcadedb() -> Any:
    """Import ArcadeDB: the native build, or its twin on the JVM where that is what the platform has."""
    try:
        return importlib.import_module("arcadedb")
    except ModuleNotFoundError:
        return importlib.import_module("arcadedb_embedded")


def _missing(root: Path, wanted: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the settings that the database does not have yet."""
    path = root / "databases" / DATABASE / "configuration.json"
    present = json.loads(path.read_text(encoding="utf-8"))["configuration"] if path.exists() else {}
    return ((name, value) for name, value in wanted.items() if present.get(name) != value)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _own_start() -> float:
    import psutil

    return psutil.Process().create_time()


def _is_over(files: EngineFiles, idle: float) -> bool:
    """Say whether nobody used the engine for the idle time, or its files now name another owner."""
    if not _is_named(files):
        return True
    try:
        return time.time() - files.activity.stat().st_mtime > idle
    except OSError:
        return True


def _is_kept(files: EngineFiles, stopping: threading.Event, idle: float) -> bool:
    """Let another process keep a backup, while this one answers; False when somebody uses the engine again.

    That process needs the driver and all that knows the graph, which this one does without.
    """
    if files.folder.is_dir() and files.config.exists() and _is_named(files):
        keeping = [sys.executable, "-P", "-m", KEEPER, str(files.folder)]
        keeper = subprocess.Popen(keeping, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module
        end = time.monotonic() + KEPT_WITHIN
        while keeper.poll() is None and time.monotonic() < end and not stopping.wait(KEEPER_LOOKED_AT_EVERY):
            if not _is_named(files):
                break
        if time.monotonic() >= end:
            sys.stderr.write(f"no backup was kept: it took longer than {KEPT_WITHIN:g} s\n")
        keeper.kill()
        keeper.wait()
    return stopping.is_set() or _is_over(files, idle)


def _is_named(files: EngineFiles) -> bool:
    """Say whether the files still name this process as the owner."""
    owner = files.owner()
    return owner is not None and owner.pid == os.getpid()


def _is_still(path: Path, before: os.stat_result) -> bool:
    """Say whether what lies there is what lay there before."""
    try:
        return os.path.samestat(path.stat(), before)
    except OSError:
        return False


def _withdraw(files: EngineFiles) -> None:
    """Remove the published address if it is still ours."""
    if _is_named(files):
        files.server.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
