"""Time that has passed for what looks at the clock."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final
from unittest import mock

from provgraph.models import now_us
from provgraph.store.integrity import collecting

if TYPE_CHECKING:
    from collections.abc import Iterator

TWO_DAYS: Final = 2 * 24 * 3600 * 1_000_000
"""In microseconds."""


@contextlib.contextmanager
def two_days_later() -> Iterator[None]:
    """Let what a crash left be old enough to be collected: what is needed must still be there then."""
    with mock.patch.object(collecting, "now_us", return_value=now_us() + TWO_DAYS):
        yield
