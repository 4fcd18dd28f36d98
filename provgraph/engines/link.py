"""The drivers of one address, shared by the threads of a process."""

from __future__ import annotations

import logging
import re
import threading
from typing import TYPE_CHECKING, Final, Self

import neo4j
from neo4j import GraphDatabase

from provgraph.engines.contract import what_is_wrong
from provgraph.errors import SetupError

if TYPE_CHECKING:
    from types import TracebackType

    from provgraph.engines.contract import Address, Credentials

OLDEST_SERVER: Final = (5, 26)
"""`CALL (x) { ... }` and the closures that stand on it need Neo4j 5.23; 5.26 is the oldest that is maintained."""

SILENT: Final = logging.NullHandler()
"""The driver's log goes where a program sends it, never to the terminal by itself."""

CONNECTED_WITHIN: Final = 5.0
"""Seconds that a server has to answer a connection."""


class Link:
    """What is connected to one address.

    It is used as a context, by many threads at once. Given up it takes nobody new, and its connections are closed when
    the last who uses it leaves: closing them under a thread that reads from one would break that thread.
    """

    def __init__(self, address: Address) -> None:
        """Keep `address`; nothing is connected yet."""
        self.address = address
        self._drivers: dict[Credentials | None, neo4j.Driver] = {}
        self._users = 0
        self._given_up = False
        self._lock = threading.RLock()

    @property
    def connected(self) -> bool:
        """Say whether a server has answered at the address."""
        return bool(self._drivers)

    @property
    def given_up(self) -> bool:
        """Say whether it takes nobody new."""
        return self._given_up

    def driver(self, credentials: Credentials | None) -> neo4j.Driver:
        """Give the driver of a user; `SetupError` when the server is too old or the address is none."""
        with self._lock:
            if credentials not in self._drivers:
                self._drivers[credentials] = connect(self.address, credentials)
            return self._drivers[credentials]

    def give_up(self) -> None:
        """Take nobody new, and close when nobody is left."""
        with self._lock:
            self._given_up = True
            self._close_unused()

    def __enter__(self) -> Self:
        """Count one who uses it."""
        with self._lock:
            self._users += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Count one less."""
        with self._lock:
            self._users -= 1
            self._close_unused()

    def _close_unused(self) -> None:
        if self._given_up and not self._users:
            drivers, self._drivers = list(self._drivers.values()), {}
            for driver in drivers:
                driver.close()


def connect(address: Address, credentials: Credentials | None) -> neo4j.Driver:
    """Open a driver and see that a server of a known kind and age answers."""
    if fault := what_is_wrong(address.url):
        raise SetupError(
            f"'{address.url}' is not the address of a Neo4j server ({fault})", "Write it as neo4j://host:7687."
        )
    logging.getLogger("neo4j").addHandler(SILENT)
    driver = _opened(address.url, credentials, CONNECTED_WITHIN)
    try:
        _check_version(address, driver.get_server_info().agent)
    except neo4j.exceptions.ServiceUnavailable:
        driver.close()
        _ask_without_routing(address.url, credentials)
        raise
    except BaseException:
        driver.close()
        raise
    return driver


def _opened(url: str, credentials: Credentials | None, within: float) -> neo4j.Driver:
    try:
        return GraphDatabase.driver(
            url,
            auth=(credentials.username, credentials.password) if credentials else None,
            connection_timeout=within,
            connection_acquisition_timeout=within,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            user_agent="provgraph",
        )
    except (ValueError, neo4j.exceptions.ConfigurationError) as error:
        raise SetupError(f"'{url}' is not a usable address ({error})", "Write it as neo4j://host:7687.") from None


def _ask_without_routing(url: str, credentials: Credentials | None) -> None:
    """Raise what the server itself answers: with routing the driver says only that it got no routing table."""
    if url.startswith("neo4j"):
        with _opened(url.replace("neo4j", "bolt", 1), credentials, CONNECTED_WITHIN / 2) as driver:
            driver.verify_connectivity()


def _check_version(address: Address, agent: str) -> None:
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    if found and tuple(map(int, found.groups())) < OLDEST_SERVER:
        raise SetupError(f"the server at {address.url} is {agent}, which is too old", "Use Neo4j 5.26 or newer.")
