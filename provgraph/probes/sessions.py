"""Ask the Jupyter servers of this host which notebook belongs to a kernel.

A server leaves `jpserver-PID.json` (jupyter_server) or `nbserver-PID.json` (notebook 6) in the runtime folder, where
its kernels' connection files lie too. `GET api/sessions` lists the notebooks by kernel:
https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from http.client import HTTPConnection

SERVERS: Final = 8
"""At most so many servers are asked, the kernel's own parent first, then the newest."""
PATIENCE: Final = 0.5
"""Seconds to wait for one server."""
LONGEST: Final = 4_000_000
"""Bytes of an answer that are read at most."""
VSCODE_SUFFIX: Final = re.compile(r"-jvsc-[0-9a-f-]{32,}(?=\.ipynb$)")


@dataclass(frozen=True)
class Server:
    """What a server's runtime file says: where it answers, with which token, and the folder of its notebooks."""

    pid: int
    port: int
    base_url: str
    secure: bool
    token: str
    root: Path


def session_notebook(kernel_id: str, runtime: Path) -> Path | None:
    """Find the notebook file of a kernel through the servers that left a file in the `runtime` folder.

    Only loopback is spoken to, without proxies and redirects. Servers that are gone, silent or closed to us are
    passed over; None when no server knows the kernel or the notebook is not a file on this host.
    """
    for server in _servers(runtime):
        for session in _ask(server):
            if _of_kernel(session, kernel_id) and (path := _notebook(session, server.root)):
                return path
    return None


def existing_notebook(path: Path) -> Path | None:
    """Give the notebook file that a front end means by `path`: without VS Code's `-jvsc-UUID`; None if no file."""
    plain = path.with_name(VSCODE_SUFFIX.sub("", path.name)) if path.name else path
    for each in (path, plain):
        if each.suffix == ".ipynb" and each.is_file():
            return each.absolute()
    return None


def _servers(runtime: Path) -> list[Server]:
    try:
        files = [each for pattern in ("jpserver-*.json", "nbserver-*.json") for each in runtime.glob(pattern)]
        newest = sorted(files, key=lambda each: each.stat().st_mtime, reverse=True)
    except OSError:
        return []
    found = [server for file in newest if (server := _server(file))]
    return sorted(found, key=lambda server: server.pid != os.getppid())[:SERVERS]


def _server(file: Path) -> Server | None:
    import psutil

    try:
        facts = json.loads(file.read_bytes())
        pid, host = int(facts["pid"]), str(facts.get("hostname", "localhost"))
        if not (_loopback(host) and psutil.pid_exists(pid)):
            return None
        root = Path(facts.get("root_dir") or facts["notebook_dir"])
        token = facts.get("token") or os.environ.get("JUPYTERHUB_API_TOKEN", "")
        base = "/" + str(facts.get("base_url", "/")).strip("/")
        return Server(pid, int(facts["port"]), base.rstrip("/"), bool(facts.get("secure")), str(token), root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _loopback(host: str) -> bool:
    """Tell whether a server bound to `host` is reached at 127.0.0.1."""
    if host in {"", "*", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _ask(server: Server) -> list[dict[str, object]]:
    import http.client

    connection = _connection(server)
    headers = {"Accept": "application/json"} | ({"Authorization": f"token {server.token}"} if server.token else {})
    try:
        connection.request("GET", f"{server.base_url}/api/sessions", headers=headers)
        answer = connection.getresponse()
        sessions = json.loads(answer.read(LONGEST)) if answer.status == http.client.OK else []
    except (OSError, ValueError, http.client.HTTPException):
        return []
    finally:
        connection.close()
    return [each for each in sessions if isinstance(each, dict)] if isinstance(sessions, list) else []


def _connection(server: Server) -> HTTPConnection:
    import http.client
    import ssl

    if not server.secure:
        return http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    context = ssl.create_default_context()
    context.check_hostname = False  # a certificate never names 127.0.0.1; nothing leaves this host
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE, context=context)


def _of_kernel(session: dict[str, object], kernel_id: str) -> bool:
    kernel = session.get("kernel")
    return isinstance(kernel, dict) and kernel.get("id") == kernel_id


def _notebook(session: dict[str, object], root: Path) -> Path | None:
    """Resolve a session's path, which is relative to the server's root and may name a drive (`RTC:a.ipynb`)."""
    old = session.get("notebook")
    path = session.get("path") or (old.get("path") if isinstance(old, dict) else None)
    if not isinstance(path, str):
        return None
    return existing_notebook(root / re.sub(r"^[A-Za-z]\w+:", "", path).lstrip("/"))
