"""Numbers of things that come from numpy, as from a DataFrame's length or a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError


@pytest.mark.usefixtures("store")
def test_a_number_of_numpy_is_a_number_and_a_truth_value_is_none() -> None:
    """Wherever a number of records, steps, characters or files is given."""
    Path("in.csv").write_text("1")
    pg.track(transform=pg.Transform(name="step", type="function"))
    pg.use("in.csv")
    Path("out.csv").write_text("2")
    made = pg.Artifact("out.csv", key="out.csv").save()
    pg.finish()
    numbers: list[Any] = [np.int64(0), np.int64(1), np.int64(60), np.float64(1), np.True_, np.array(1)]
    none, one, many, part, truth, whole = numbers
    assert len(pg.Artifact.df(limit=one)) == 1
    assert len(pg.Artifact.search("csv", limit=one)) == len(pg.Artifact.filter()[:one]) == 1
    assert len(made.lineage(depth=one)) == len(made.lineage(depth=1)) == 3
    assert "out.csv" in made.view_lineage(cap=one).text(width=many)
    assert pg.verify(sample=one).files == 1
    for call in (
        lambda: pg.Artifact.df(limit=truth),
        lambda: made.lineage(depth=part),
        lambda: made.view_lineage(cap=truth),
        lambda: pg.verify(sample=none),
        lambda: pg.verify(sample=whole),
        lambda: made.lineage(depth=whole),
    ):
        with pytest.raises(InvalidValueError, match="number"):
            call()
