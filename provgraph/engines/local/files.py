"""The files by which the local engine and its clients find each other, all inside `.provgraph/`."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

DATABASE = "prov"


@dataclass(frozen=True)
class Owner:
    """The process that owns the store: who it is, where it answers, and the passwords it made for this start."""

    host: str
    pid: int
    started: float
    """When the process started, seconds since the epoch as the operating system tells it; tells reused pids apart."""
    port: int
    writer: str
    reader: str

    def is_alive(self) -> bool:
        """Say whether that very process still runs on this host."""
        import psutil

        try:
            return self.is_here() and abs(psutil.Process(self.pid).create_time() - self.started) < 1
        except psutil.Error:
            return False

    def is_here(self) -> bool:
        """Say whether it was started on this host."""
        return self.host == socket.gethostname()


@dataclass(frozen=True)
class EngineFiles:
    """The paths inside one `.provgraph/`."""

    folder: Path

    @property
    def server(self) -> Path:
        """The file that says who owns the store and where it answers; readable by its user alone."""
        return self.folder / "server.json"

    @property
    def lock(self) -> Path:
        """The file whose lock the owner holds for as long as it lives."""
        return self.folder / "server.lock"

    @property
    def activity(self) -> Path:
        """The file whose time says when a client last used the engine."""
        return self.folder / "activity"

    @property
    def root(self) -> Path:
        """The engine's own folder: databases, configuration, logs."""
        return self.folder / "engine"

    @property
    def log(self) -> Path:
        """What the process prints."""
        return self.folder / "engine.log"

    def owner(self) -> Owner | None:
        """Read who owns the store; None when nobody does or the file is damaged."""
        try:
            return Owner(**json.loads(self.server.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def publish(self, owner: Owner) -> None:
        """Write who owns the store, whole or not at all."""
        draft = self.server.with_suffix(f".{owner.pid}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(owner), file)
        draft.replace(self.server)
