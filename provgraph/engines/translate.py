"""Turn the driver's errors into provgraph's."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Final

from neo4j import exceptions as driver

from provgraph.engines.readonly import WRITE_ADVICE
from provgraph.errors import (
    CommitLostError,
    ConflictError,
    DeadlineError,
    EngineError,
    EngineUnavailableError,
    LoginError,
    ProvgraphError,
    QueryError,
    ReadOnlyAccountError,
    SetupError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.contract import Address

REFUSED_WRITES: Final = (
    "Neo.ClientError.Statement.AccessMode",
    "Neo.ClientError.Security.Forbidden",
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
)
CERTIFICATES: Final = {
    10: "Have it renewed, or set this machine's clock.",
    62: "Write the name of the host that it stands for.",
    64: "Write the name of the host that it stands for.",
}
"""What to do about a certificate, by OpenSSL's number for what is wrong (X509_V_ERR_...)."""
UNSIGNED: Final = (
    "Let somebody sign it whom this machine trusts; one that nobody signed is taken by bolt+ssc:// or neo4j+ssc://."
)
READS_ONLY: Final = "this query writes, and only reading is allowed here"
RATE_LIMIT: Final = "Neo.ClientError.Security.AuthenticationRateLimit"
TIMEOUTS: Final = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "TransactionMarkedAsFailed")
TIMED_OUT: Final = re.compile(r"the command exceeded the arcadedb\.command\.timeout|^Timeout (expired|on iteration)")
"""How the local engine says that a query did not end in time, under whichever code."""
CONFLICTS: Final = re.compile(
    r"^Timeout on (locking|writing)|[Pp]lease retry the operation( in a new transaction)?\.?( \(threadId=\d+\))?$"
)
"""How it says that a transaction lost a race, under whichever code."""
OF_QUERIES: Final = ("Neo.ClientError.Statement", "Neo.ClientError.Procedure")
"""Codes of what is wrong with a query, whose words are then in the message."""

UNKNOWN: Final = "Neo.DatabaseError.General.UnknownError"
CLOSED: Final = re.compile(r"^\w+$|is closed|not open|shut ?down", re.IGNORECASE)
"""What the local engine says of a database that it has just closed: its bare name, among others."""


DAMAGE: Final = re.compile(r"Invalid position \d+ \(size=|Cannot find record type|Error on lookup of record")
"""How the local engine speaks of pages that it did not write, as of an error in the query."""
WRONG: Final = ("Unknown procedure", "TypeError:")
"""How the local engine begins what it says of some wrong queries; it gives them no code of their own."""
UNNAMED: Final = "lets nobody in without a password, and NEO4J_PASSWORD is not set"


def is_conflict(error: Exception) -> bool:
    """Say whether the same transaction can succeed when run again: a deadlock, or a lost race to create a key."""
    if isinstance(error, driver.ConstraintError):
        return True
    if isinstance(error, driver.Neo4jError):
        return error.is_retryable() or (not _is_wrong_query(error) and bool(CONFLICTS.search(str(error.message))))
    return False


def is_gone(error: Exception) -> bool:
    """Say whether the server went away under us, just stops, or is another one than before (its password changed)."""
    if isinstance(error, driver.Neo4jError) and error.code == UNKNOWN:
        return not _is_wrong_query(error) and bool(CLOSED.search(str(error.message)))
    gone = (driver.ServiceUnavailable, driver.SessionExpired, driver.AuthError, OSError)
    return isinstance(error, gone) and not isinstance(error, driver.Forbidden | driver.IncompleteCommit)


def is_fault(error: Exception) -> bool:
    """Say whether the server failed at what it takes for right: it has a fault, or what it reads is damaged."""
    return isinstance(error, driver.Neo4jError) and bool(
        str(error.code).startswith("Neo.DatabaseError.") or DAMAGE.search(str(error.message))
    )


def _is_wrong_query(error: driver.Neo4jError) -> bool:
    """Say whether a query is at fault; any word may then be in the message, as it comes from the query."""
    return str(error.code).startswith(OF_QUERIES) or str(error.message).startswith(WRONG)


def of_a_persons_query(error: ConflictError) -> ProvgraphError:
    """Give what is told of a person's query that lost each time: a value that is taken stays taken, that is no race."""
    if not isinstance(error.__cause__, driver.ConstraintError):
        return error
    return QueryError(
        f"the query gives a node a value that another one has alone: {_first_lines(str(error.__cause__.message))}",
        "Mend it and run it again; nothing was changed.",
    )


def translate(error: Exception, address: Address, *, may_write: bool = True) -> ProvgraphError:
    """Give the error of ours that says the same to a person, with what to do next.

    Without `may_write` it was we who let a query only read.
    """
    if isinstance(error, ProvgraphError):
        return error
    if isinstance(error, driver.IncompleteCommit):
        return CommitLostError(
            f"the connection to {address.url} was lost during a commit",
            "Look whether the records are there before you save them again: the engine may have kept them.",
        )
    if isinstance(error, driver.AuthError) or getattr(error, "code", None) == RATE_LIMIT:
        return _of_login(error, address)
    if isinstance(error, driver.Neo4jError) and not isinstance(error, driver.TransientError):
        return _of_server(error, address, may_write=may_write)
    if isinstance(error, driver.ConfigurationError):
        return SetupError(
            f"the server at {address.url} does not speak a Bolt that is known here ({_first_lines(str(error))})",
            "Use Neo4j 5.26 or newer.",
        )
    return _of_connection(error, address)


def _of_login(error: Exception, address: Address) -> LoginError:
    if isinstance(error, driver.AuthError):
        who = f"refused the user '{address.writer.username}'" if address.writer else UNNAMED
        return LoginError(
            f"{address.url} {who}",
            "Set NEO4J_USERNAME and NEO4J_PASSWORD to what the server expects.",
        )
    return LoginError(
        f"{address.url} lets nobody in for a while, after too many wrong passwords",
        "Set NEO4J_PASSWORD to the right one, and try again in some seconds.",
    )


def _of_server(error: driver.Neo4jError, address: Address, *, may_write: bool) -> ProvgraphError:
    code, text = str(error.code), _first_lines(str(error.message))
    if "LOAD CSV" in text and not code.endswith("SyntaxError"):  # there it is among what could stand at the place
        return QueryError(f"the engine loads no files ({text})", "Read it in Python, and give its rows as a parameter.")
    if code in REFUSED_WRITES:
        return _of_account(text, address) if may_write else QueryError(f"{READS_ONLY} ({text})", WRITE_ADVICE)
    if code.endswith(TIMEOUTS) or (not _is_wrong_query(error) and TIMED_OUT.search(text)):
        return DeadlineError(f"the query did not end in time ({text})", "Ask for less, or raise pg.settings.deadline.")
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        return SetupError(
            f"the server {address.url} has no database '{address.database}'",
            "Create it there, or set NEO4J_DATABASE to one that exists.",
        )
    if _is_wrong_query(error):
        return QueryError(f"the query is wrong: {text}", "Mend it and run it again; nothing was changed.")
    return EngineError(f"the engine refused the query: {text}", f"Its code for this is {code}.")


def _of_account(text: str, address: Address) -> ReadOnlyAccountError:
    who = f" the user '{address.writer.username}'" if address.writer else ""
    return ReadOnlyAccountError(
        f"{address.url} lets{who} only read ({text})",
        "Ask as much as you like; to record, set NEO4J_USERNAME and NEO4J_PASSWORD to an account that may write.",
    )


def _of_tls(fault: ssl.SSLError, address: Address) -> ProvgraphError:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return EngineUnavailableError(
            f"the certificate of {address.url} is not trusted ({fault.verify_message})",
            CERTIFICATES.get(fault.verify_code, UNSIGNED),
        )
    return EngineUnavailableError(
        f"no engine answers in TLS at {address.url} ({fault.reason or fault})",
        "If the server has no TLS, write bolt:// or neo4j://.",
    )


def _of_connection(error: Exception, address: Address) -> ProvgraphError:
    text = str(error)
    if fault := next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None):
        return _of_tls(fault, address)
    is_silent = "incomplete handshake" in text or "Failed to read" in text  # as a tunnel without its other end is
    if not is_silent and ("handshake" in text.lower() or "protocol" in text.lower() or "looks like HTTP" in text):
        return SetupError(
            f"the server at {address.url} does not answer in Bolt ({_first_lines(text)})",
            "Give the Bolt port, usually 7687, not the one of the browser.",
        )
    where = f"mend its address in {address.named_in}" if address.named_in else "give another address"
    return EngineUnavailableError(
        f"no engine answers at {address.url} ({_reason(text)})",
        f"Start the server, or {where}; its port is that of Bolt, usually 7687.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _reason(text: str) -> str:
    """Give the system's reason out of the driver's text, such as "Connection refused"."""
    found = re.search(r"\[Errno -?\d+\] ([^)\]]+)", text)
    return found[1].lower() if found else _first_lines(text)


def _first_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[:4])
