"""The lock among the threads of one process."""

from __future__ import annotations

import itertools
import threading

from provgraph.guard import Guard
from tests.support.interrupting import interrupted


def test_whoever_is_interrupted_lets_the_others_in() -> None:
    """Wherever Ctrl-C comes: the other threads of a notebook would wait for ever."""
    for place in itertools.count(1):
        guard = Guard()
        if not interrupted(guard(int), place, "guard.py"):
            break
        other = threading.Thread(target=guard(int), daemon=True)
        other.start()
        other.join(1)
        assert not other.is_alive()
    assert place > 1
