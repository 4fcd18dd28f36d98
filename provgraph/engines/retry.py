"""Run a transaction again when others wrote the same records at the same time.

The driver's own retry waits about one second before its second try; conflicts here last milliseconds.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

from provgraph.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TRIES: Final = 200
SHORTEST, LONGEST = 0.005, 0.050
"""Bounds of one wait between two tries, in seconds."""


def retrying(work: Callable[[], T], may_retry: Callable[[Exception], bool], tries: int = TRIES) -> T:
    """Give what `work` returns, after as many as `tries` conflicts; `ConflictError` after the last one.

    Other errors pass through at once.

    >>> retrying(lambda: 1, lambda error: False)
    1
    """
    for attempt in range(tries):
        try:
            return work()
        except Exception as error:
            if not may_retry(error):
                raise
            last = error
        time.sleep(random.uniform(SHORTEST, LONGEST) * min(1 + attempt / 20, 4))  # noqa: S311 - a wait, not a secret
    raise ConflictError(
        f"others kept writing to the same records ({last})", "Try again; nothing of this call was written."
    ) from last
