"""How long a call takes."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 9


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Give the milliseconds of the first call, and the median of those after it."""
    measured = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        work()
        measured.append((time.perf_counter() - begun) * 1e3)
    return measured[0], statistics.median(measured[1:])
