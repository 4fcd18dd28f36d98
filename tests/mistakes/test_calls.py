"""What a person does wrong in Python: a named error with what to do, and nothing written, in the graph or on disk."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph import errors
from tests.mistakes import table

if TYPE_CHECKING:
    from tests.mistakes.table import Mistake
    from tests.mistakes.world import World

ROOMS: Final = (
    "artifacts",
    "code",
    "collections",
    "records",
    "queries",
    "lineage",
    "cypher",
    "store",
    "instance",
    "tracking",
)
MODULES: Final = {"pg": pg, "pd": pd, "np": np, "os": os, "datetime": dt}
MISTAKES: Final = [each for room in ROOMS for each in table.read(room)]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.typed)
def test_a_mistake_is_a_named_error_and_writes_nothing(mistake: Mistake, world: World) -> None:
    """The error's class and the whole of its message are those of the table; the counts of before and after agree."""
    before = world.known or world.state()
    with pytest.raises(errors.ProvgraphError) as raised:
        table.do(mistake.typed, MODULES | world.names)
    world.back()
    world.known = world.state()
    assert type(raised.value).__name__ == mistake.kind
    assert mistake.fits(str(raised.value)), ascii(str(raised.value))
    assert raised.value.advice.strip()
    assert world.known == before
