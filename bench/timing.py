"""How long a call takes."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 9


def seconds(work: Callable[[], object]) -> float:
    """Give the seconds that a call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Give the milliseconds of the first call, and the median of those after it."""
    measured = [seconds(work) * 1e3 for _ in range(TIMES + 1)]
    return measured[0], statistics.median(measured[1:])
