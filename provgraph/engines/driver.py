"""The official driver is imported with the first engine, and not before: it takes half of a second."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final

from provgraph.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.bolt import BoltEngine
    from provgraph.engines.contract import Locator

BESIDE: Final = ("numpy", "pandas", "pyarrow")
"""What the driver imports when it is installed, to take and to give values of theirs."""

_given_nothing_of_theirs = False


def give_nothing_of_theirs() -> None:
    """Let the driver be imported without pandas and the like: half of the time of a command.

    For a process of our own, as a command of the shell; a program of a user's may give its driver such values.
    """
    global _given_nothing_of_theirs  # noqa: PLW0603 - a process is one or the other
    _given_nothing_of_theirs = True


def engine_at(locator: Locator) -> BoltEngine:
    """Give the engine of a locator; nothing is connected yet."""
    with _kept_out(BESIDE if _given_nothing_of_theirs else ()), uncollected():
        from provgraph.engines.bolt import BoltEngine

    return BoltEngine(locator)


@contextlib.contextmanager
def _kept_out(names: tuple[str, ...]) -> Iterator[None]:
    """Let modules that are not imported yet seem not to be installed, in the way that Python has for it.

    https://docs.python.org/3/reference/import.html#the-module-cache
    """
    kept_out = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type] # None is what keeps a module out
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]
