"""A person's query with a deadline: the caller waits no longer, and nothing of it is written after that."""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import unicodedata
from typing import TYPE_CHECKING, Final

from provgraph.errors import DeadlineError, ProvgraphError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Answer

GRACE: Final = 0.5
"""Seconds in which a server that keeps deadlines by itself may say so."""

RUNNING: Final = """
SHOW TRANSACTIONS YIELD transactionId, currentQuery
WHERE currentQuery CONTAINS $mark AND NOT currentQuery STARTS WITH 'SHOW'
RETURN transactionId
"""
END: Final = "TERMINATE TRANSACTIONS $ids"


PLACE: Final = re.compile(r"line (\d+)(?::|, column )(\d+)(?P<counted> \(offset: \d+\))?")
"""Neo4j counts from 1, in halves of UTF-16, and says the offset too; the local engine counts characters, from 0."""


def pointed(happened: str, query: str) -> str:
    """Show the line of a query that an engine names, with a caret below the place; its own picture of it goes.

    A place behind the query's end is its end. Before the caret stand blanks as wide as a terminal shows what is before
    the place, and the same tabs.

    >>> print(pointed("Syntax error at line 1:7 - no viable alternative", "RETURN"))
    Syntax error at line 1:7 - no viable alternative
      RETURN
            ^
    """
    found, lines = PLACE.search(happened), query.split("\n")
    if found is None:
        return happened
    told = happened.rstrip().splitlines()
    said = "\n".join(told[:-2] if told[-1].strip() == "^" else told)
    number, column = int(found[1]) - 1, int(found[2])
    line = before = lines[min(number, len(lines) - 1)].rstrip("\r")
    if number < len(lines):
        before = _first_halves(line, column - 1) if found["counted"] else line[:column]
    return f"{said}\n  {line}\n  {''.join(map(_blank, before))}^"


def _first_halves(line: str, count: int) -> str:
    """Give what so many halves of UTF-16 hold."""
    return line.encode("utf-16-le", "surrogatepass")[: 2 * count].decode("utf-16-le", "ignore")


def _blank(character: str) -> str:
    """Give what is as wide as a character in a terminal (https://www.unicode.org/reports/tr11) and shows nothing."""
    if character == "\t":
        return character
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    return "  " if unicodedata.east_asian_width(character) in {"W", "F"} else " "


class Question:
    """One query of a person: its text, marked so that it can be found among those that run, and its outcome."""

    def __init__(self, cypher: str, deadline: float, most: int | None = None) -> None:
        """Mark the query by a comment at its end, which moves no line or column of it.

        What is blank before it goes: the local engine counts without it.
        """
        self.deadline = deadline
        self.most = most
        self.mark = f"provgraph {secrets.token_hex(8)}"
        self.asked = cypher.lstrip()
        self.cypher = f"{self.asked}\n/* {self.mark} */"
        self._lock = threading.Lock()
        self._abandoned = False
        self._committing = False
        self._outcome: list[Answer | Exception] = []

    def may_commit(self) -> bool:
        """Say, before the commit, whether the caller still waits; from then on the caller waits for the end."""
        with self._lock:
            self._committing = not self._abandoned
            return self._committing

    def answer(self, work: Callable[[], Answer], end: Callable[[str], object]) -> Answer:
        """Run `work` beside this thread and give its answer; at the deadline call `end` with the mark and raise.

        `end` also runs when the person interrupts the waiting, or the beginning.
        """
        thread = threading.Thread(target=self._run, args=(work,), daemon=True, name="provgraph-query")
        try:
            thread.start()
            thread.join(self.deadline + GRACE)
            if not self._outcome and not self._abandon():
                thread.join()
        except BaseException:
            self._abandon()
            with contextlib.suppress(RuntimeError):  # where no thread can be started none is to be ended
                self._beside(end)
            raise
        if not self._outcome:
            self._beside(end)
            raise DeadlineError(
                f"the query did not end within {self.deadline:g} s", "Ask for less, or raise pg.settings.deadline."
            )
        if isinstance(self._outcome[0], Exception):
            raise self._outcome[0]
        return self._outcome[0]

    def _run(self, work: Callable[[], Answer]) -> None:
        try:
            self._outcome.append(work())
        except ProvgraphError as error:
            happened = error.happened.replace(f"\n/* {self.mark} */", "").replace(f"/* {self.mark} */", "")
            shown = pointed(happened, self.asked) if isinstance(error, QueryError) else happened
            self._outcome.append(type(error)(shown, error.advice))
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._outcome.append(error)

    def _abandon(self) -> bool:
        """Give the query up, unless its commit has begun."""
        with self._lock:
            self._abandoned = not self._committing
            return self._abandoned

    def _beside(self, end: Callable[[str], object]) -> None:
        threading.Thread(target=end, args=(self.mark,), daemon=True, name="provgraph-end").start()
