"""A bad network to a server: answers come late, commits and their answers are lost, connections end or are reset."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.support.processes import until
from tests.support.proxy import Proxy
from tests.torture.trials import Outcome, brought_in, ended, has_begun, tried, victim

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS: Final = 6
AWAY: Final = (0.0, 1.5)
"""Seconds for which nobody is let through: from a cut to longer than a call is tried again."""
RESETS: Final = 0.5
"""The share of connections that end by a reset."""


def network_fails(trials: int, seed: int) -> Outcome:
    """Let two jobs work over a network that fails in every way; whatever it does, all is in the graph once at the end.

    They ask nothing, since a question needs the graph; what cannot be written waits in the spool.
    """
    return tried("a network that loses, delays and cuts", trials, seed, _work)


def _work(folder: Path, seed: int) -> list[str]:
    chosen = random.Random(seed)
    proxy = Proxy(urlsplit(os.environ["PROVGRAPH_URL"]).port or 7687)
    url = f"bolt://127.0.0.1:{proxy.port}"
    victims = [
        victim(folder, seed * 10 + number, ROUNDS, PROVGRAPH_URL=url, SLURM_JOB_ID=str(number + 1))
        for number in range(2)
    ]
    try:
        until(lambda: has_begun(folder))
        while any(each.poll() is None for each in victims):
            _fail(proxy, chosen)
        errors = ended(*victims)
    finally:
        proxy.close()
    return [*errors, *brought_in(url)]


def _fail(proxy: Proxy, chosen: random.Random) -> None:
    """Fail in one way for a moment."""
    way, proxy.resets = chosen.choice(("answers", "commits", "late", "cut")), chosen.random() < RESETS
    if way == "answers":
        proxy.lose_answers += chosen.randrange(1, 4)
    elif way == "commits":
        proxy.lose_commits += chosen.randrange(1, 4)
    elif way == "late":
        proxy.delay = chosen.uniform(0.0, 0.05)
    else:
        with proxy.away():
            time.sleep(chosen.uniform(*AWAY))
    time.sleep(chosen.uniform(0.0, 0.5))
