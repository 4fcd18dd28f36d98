"""A network that fails: a proxy on the loopback that hands Bolt on, and loses what a test wants to be lost."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.contract import Address, Locator
    from provgraph.errors import ProvgraphError

COMMIT: Final = b"\x00\x02\xb0\x12\x00\x00"
"""Bolt's message COMMIT in its chunk (https://neo4j.com/docs/bolt/current/bolt/message/)."""
MOST: Final = 1 << 16
NOTHING_LINGERS: Final = struct.pack("ii", 1, 0)
"""With this option closing a socket sends a reset (https://man7.org/linux/man-pages/man7/socket.7.html, SO_LINGER)."""


class Proxy:
    """Hands on what it is given; counts what it lost."""

    def __init__(self, port: int) -> None:
        """Stand before the server at a port of the loopback."""
        self.lose_answers = 0
        """Commits that are still to be handed on, and whose answer is not."""
        self.lose_commits = 0
        """Commits that are still to be lost on their way."""
        self.delay = 0.0
        """Seconds that each answer waits."""
        self.lost = 0
        self.resets = False
        """Whether connections are reset (RST) rather than ended (FIN)."""
        self._server = port
        self._open: list[socket.socket] = []
        self._listen(0)
        self.port = int(self._listening.getsockname()[1])
        """Where it answers."""

    def _listen(self, port: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Let nobody through for a while."""
        self.close()
        yield
        self._listen(self.port)

    def close(self) -> None:
        """Cut everything."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._cut(*self._open)
        for each in self._open:
            each.close()
        self._open = []

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                return
            self._open += [client, server]
            muted = threading.Event()
            threading.Thread(target=self._ask, args=(client, server, muted), daemon=True).start()
            threading.Thread(target=self._answer, args=(client, server, muted), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while sent := client.recv(MOST):
                if COMMIT in sent and self.lose_commits:
                    self.lose_commits, self.lost = self.lose_commits - 1, self.lost + 1
                    break
                if COMMIT in sent and self.lose_answers:
                    self.lose_answers, self.lost = self.lose_answers - 1, self.lost + 1
                    muted.set()
                server.sendall(sent)
        self._cut(*([server] if muted.is_set() else [client, server]))

    def _answer(self, client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while received := server.recv(MOST):
                if muted.is_set():
                    break
                time.sleep(self.delay)
                client.sendall(received)
        self._cut(client, server)

    def _cut(self, *ends: socket.socket) -> None:
        """End connections, or reset them; who waits for something from them waits no more."""
        for each in ends:
            with contextlib.suppress(OSError):
                if not self.resets:
                    each.shutdown(socket.SHUT_RDWR)
                    continue
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING_LINGERS)
                each.shutdown(socket.SHUT_RD)
                each.close()


class Through:
    """Where an engine answers, by way of a proxy."""

    def __init__(self, locator: Locator) -> None:
        """Stand before what `locator` gives."""
        self._locator = locator
        self.proxy = Proxy(urlsplit(locator.locate().url).port or 7687)

    def locate(self) -> Address:
        """Give the proxy's address."""
        return replace(self._locator.locate(), url=f"bolt://127.0.0.1:{self.proxy.port}")

    def in_use(self) -> None:
        """Say that it is used."""
        self._locator.in_use()

    def trouble(self, fault: ProvgraphError | None = None) -> ProvgraphError | None:
        """Say what hinders it."""
        return self._locator.trouble(fault)
