"""Runs are found by their parameters, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError, UnknownFieldError

if TYPE_CHECKING:
    from provgraph.store.store import Store

GIVEN: dict[str, dict[str, Any] | None] = {
    "slow": {"rate": 0.1, "layers": 3, "model": {"name": "Alpha", "depth": 2}, "shuffle": True, "a b.`c`$": "odd"},
    "fast": {"rate": 2, "layers": 7, "model": {"name": "beta"}, "shuffle": False, "exact": "x", "genes": ["TP53"]},
    "text": {"rate": "0.1", "layers": None, "huge": 2**70, "file": Path("data/x.csv")},
    "none": None,
    "learn": {
        "clf__C": 1.0,
        "clf__min_samples__gt": 3,
        "contains": "x",
        "icontains": 1,
        "isnull": True,
        "__x__": 1,
        "a__eq": 1,
        "pca": {"n__gtx": 5},
    },
}
ASKED: list[tuple[dict[str, Any], set[str]]] = [
    ({"params__rate": 0.1}, {"slow"}),
    ({"params__rate": np.float64(0.1)}, {"slow"}),
    ({"params__rate": "0.1"}, {"text"}),
    ({"params__rate__gt": 1}, {"fast"}),
    ({"params__rate__range": (0, 5)}, {"slow", "fast"}),
    ({"params__layers__in": [3, 7, "x"]}, {"slow", "fast"}),
    ({"params__layers__isnull": True}, {"text", "none", "learn"}),
    ({"params__layers": None}, {"text", "none", "learn"}),
    ({"params__shuffle": True}, {"slow"}),
    ({"params__shuffle": 1}, set()),
    ({"params__model.name": "beta"}, {"fast"}),
    ({"params__model.name__startswith": "Al"}, {"slow"}),
    ({"params__model.name__regex": "^[Ab].*a$"}, {"slow", "fast"}),
    ({"params__rate__contains": "0.1"}, {"text"}),
    ({"params__a b.`c`$": "odd"}, {"slow"}),
    ({"params__file": Path("data/x.csv")}, {"text"}),
    ({"params__exact__exact": "x"}, {"fast"}),
    ({"params__nobody_has_it": 1}, set()),
    ({"params__contains": "TP53"}, {"fast"}),
    ({"params__isnull": True}, {"none"}),
    ({"params__clf__C": 1.0}, {"learn"}),
    ({"params__clf__C__exact": 1}, {"learn"}),
    ({"params__clf__C__lt": 0.5}, set()),
    ({"params__clf__C__isnull": False}, {"learn"}),
    ({"params__clf__min_samples__gt__gte": 3}, {"learn"}),
    ({"params__contains__exact": "x"}, {"learn"}),
    ({"params__contains__startswith": "x"}, {"learn"}),
    ({"params__icontains__gt": 0}, {"learn"}),
    ({"params__isnull__exact": True}, {"learn"}),
    ({"params__exact__isnull": False}, {"fast"}),
    ({"params____x__": 1}, {"learn"}),
    ({"params__a__eq__exact": 1}, {"learn"}),
    ({"params__pca.n__gtx__exact": 5}, {"learn"}),
]

CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.fixture
def runs(store: Store) -> dict[str, pg.Run]:
    train = pg.Transform(name="train").save()
    made = {name: pg.Run(train, name=name, params=params) for name, params in GIVEN.items()}
    pg.save(made.values())
    return made


@pytest.mark.usefixtures("store")
def test_an_object_is_kept_without_its_place_in_memory() -> None:
    """Two runs with the same model have the same parameter."""
    run = pg.Run(pg.Transform(name="train").save(), params={"model": object(), "rate": 0.1}).save()
    assert pg.Run.get(run.uid).params == {"model": "<object object>", "rate": 0.1}


@pytest.mark.usefixtures("runs")
def test_runs_are_found_by_their_parameters() -> None:
    """Each value is compared as what it was given as; a parameter that a run does not have is null."""
    for lookups, expected in ASKED:
        assert set(pg.Run.filter(**lookups).list("name")) == expected, lookups


@pytest.mark.usefixtures("store")
def test_all_parameters_are_compared_as_they_are_written() -> None:
    """Numbers of numpy, sets, paths and objects in a question are what saving makes of them."""
    given = {"n": np.int64(3), "genes": {"TP53", "MYC"}, "file": Path("x.csv"), "model": object()}
    run = pg.Run(pg.Transform(name="train").save(), params=given).save()
    assert pg.Run.filter(params=given).one() == run
    assert pg.Run.filter(params=run.params).one() == run
    with pytest.raises(InvalidValueError, match="these parameters cannot be written as JSON"):
        pg.Run.filter(params={"inner": CIRCLE})


@pytest.mark.usefixtures("runs")
def test_parameters_across_relations_and_in_conditions() -> None:
    """They can be turned round, joined, and asked of the runs of a transform or an artifact."""
    assert set(pg.Run.filter(~pg.Q(params__rate=0.1)).list("name")) == {"fast", "text", "none", "learn"}
    assert set(pg.Run.filter(pg.Q(params__rate=2) | pg.Q(params__shuffle=True)).list("name")) == {"slow", "fast"}
    assert pg.Transform.filter(runs__params__rate__gt=1).one().name == "train"
    assert not pg.Transform.filter(runs__params__rate__gt=9).exists()
    assert not pg.Transform.filter(~pg.Q(runs__params__rate__gt=1)).exists()
    assert pg.Transform.filter(runs__params__clf__C__gt=0).one().name == "train"


def test_changed_parameters_are_found_anew(runs: dict[str, pg.Run]) -> None:
    """What a run no longer has is not found any more, and reading a run gives its parameters alone."""
    run = pg.Run.get(runs["slow"].uid)
    run.params = {"rate": 0.2, "model": {"name": "gamma"}}
    run.save()
    assert pg.Run.get(params__rate=0.2).params == {"rate": 0.2, "model": {"name": "gamma"}}
    assert not pg.Run.filter(params__layers=3).exists()
    node = pg.cypher("MATCH (r:Run {uid: $uid}) RETURN r, r.`params.model.name` AS name", uid=run.uid)[0]
    assert node["name"] == "gamma"
    assert node["r"].params == run.params


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("name", ["", "a\0b", "`", "é\u202e", "x" * 70_000, "params.x", "\ud800", "$p", "a.b"])
def test_any_name_and_value_is_kept(name: str) -> None:
    """Whatever a parameter is called; what no property can be stands in the text, and comes back."""
    train = pg.Transform(name="train").save()
    params = {name: "value", "half": "\ud800", "huge": -(2**70), "long": "x" * 200_000, "nothing": float("nan")}
    run = pg.Run.get(pg.Run(train, params=params).save().uid)
    assert str(sorted((run.params or {}).items())) == str(sorted(params.items()))
    if name == "\ud800":
        return
    is_property = len(name) < 1000 and "\0" not in name
    assert pg.Run.filter(**{f"params__{name}": "value"}).count() == is_property
    assert pg.Run.filter(params__long__startswith="xxx").one() == run
    run.params = {}
    run.save()
    assert not pg.Run.filter(**{f"params__{name}__isnull": False}).exists()


def test_wrong_questions_are_named(store: Store) -> None:
    """A comparison that is none, one that suits no parameter, and values that no parameter has."""
    with pytest.raises(UnknownFieldError, match="'gtx' is no comparison"):
        pg.Run.filter(params__rate__gtx=1)
    for name in ("gtx", "contans", "isnul", "ne", "eq", "like"):
        with pytest.raises(UnknownFieldError, match=rf"'{name}' is no comparison.*params__clf__rate__{name}__exact="):
            pg.Run.filter(**{f"params__clf__rate__{name}": 1})
    for name in ("min", "lr", "C", "alpha", "n_estimators", "dim"):
        assert not pg.Run.filter(**{f"params__clf__{name}": 1})
    with pytest.raises(UnknownFieldError, match=r"Run.created_at has no comparison 'gtx'"):
        pg.Run.filter(created_at__gtx=1)
    with pytest.raises(UnknownFieldError, match="'icontains' cannot compare"):
        pg.Run.filter(params__rate__icontains="x")
    for value in ({"a": 1}, b"x", 2**70, pg.Transform(name="x")):
        with pytest.raises(InvalidValueError, match="params__rate"):
            pg.Run.filter(params__rate=value)
    with pytest.raises(InvalidValueError, match="text"):
        pg.Run.filter(params__rate__contains=3)


@pytest.mark.parametrize(
    "inner", [CIRCLE, {("a", 1): 2}, {1: 1, "a": 2}], ids=["a circle", "a tuple for a name", "names of several types"]
)
def test_parameters_that_cannot_be_written_are_named(inner: object, store: Store) -> None:
    """And no run is."""
    run = pg.Run(pg.Transform(name="train").save(), params={"inner": inner})
    with pytest.raises(InvalidValueError, match="these parameters cannot be written as JSON"):
        run.save()
    assert pg.Run.filter().count() == 0


@pytest.mark.usefixtures("runs")
def test_parameters_are_a_dictionary_wherever_they_are_given() -> None:
    """On the record, in a list, in a DataFrame, and across relations."""
    given = {name: pg.Run.get(name=name).params for name in GIVEN}
    listed = pg.Run.filter().list("name", "params")
    assert dict(listed) == given
    df = pg.Run.df()
    assert dict(zip(df["name"], df["params"], strict=True)) == given
    run = pg.Run.get(name="slow")
    Path("a.txt").write_text("a")
    artifact = pg.Artifact("a.txt", key="a.txt", run=run).save()
    assert pg.Artifact.filter().list("run__params") == [given["slow"]]
    assert pg.Artifact.df(include="run__params")["run__params"].tolist() == [given["slow"]]
    assert artifact.run is not None
    assert artifact.run.params == given["slow"]
    (found,) = pg.Transform.filter().list("runs__params")
    assert len(found) == len(GIVEN)
    assert all(each in found for each in given.values())


@pytest.mark.usefixtures("runs")
def test_one_parameter_is_a_column() -> None:
    """Of runs, and across relations; with the value that was given, None where there is none."""
    names = ["name", "params__rate", "params__model.depth", "params__clf__C", "params__exact", "params__a b.`c`$"]
    rows = {name: tuple(values) for name, *values in pg.Run.filter().list(*names)}
    assert rows == {
        "slow": (0.1, 2, None, None, "odd"),
        "fast": (2, None, None, "x", None),
        "text": ("0.1", None, None, None, None),
        "none": (None,) * 5,
        "learn": (None, None, 1.0, None, None),
    }
    assert [type(each) for each in pg.Run.filter(name__in=["slow", "fast"]).list("params__shuffle")] == [bool, bool]
    run = pg.Run.get(name="slow")
    for name in ("a.txt", "b.txt"):
        Path(name).write_text(name)
        pg.Artifact(name, key=name, run=run if name == "a.txt" else False).save()
    assert pg.Artifact.filter().list("key", "run__params__rate") == [("a.txt", 0.1), ("b.txt", None)]
    assert pg.Transform.filter().list("runs__params__layers") == [[3, 7, None, None, None]]


@pytest.mark.usefixtures("store")
def test_a_column_of_parameters_has_their_type() -> None:
    """In a DataFrame: whole numbers, numbers, truth values, and anything else as it is."""
    train = pg.Transform(name="train").save()
    given: dict[str, list[Any]] = {
        "n": [1, 2, None], "rate": [0.5, None, 1], "fast": [True, None, False], "mixed": ["x", 1, False],
        "text": ["a", "", None], "none": [None, None, None],
    }  # fmt: skip
    for row in range(3):
        pg.Run(train, name=str(row), params={name: values[row] for name, values in given.items()}).save()
    columns = [f"params__{name}" for name in given]
    df = pg.Run.filter().df(include=columns)
    assert [str(df[name].dtype) for name in columns] == ["Int64", "float64", "boolean", "object", "object", "object"]
    for name, values in given.items():
        assert [None if pd.isna(each) else each for each in df[f"params__{name}"]] == values
    assert pg.Run.filter(name="none").df(include="params__n")["params__n"].tolist() == []


@pytest.mark.usefixtures("store")
def test_runs_are_ordered_by_a_parameter() -> None:
    """Texts, then truth values, then numbers, as Cypher orders them; what is not there comes last."""
    train = pg.Transform(name="train").save()
    given = [2, "b", None, 0.5, True, float("nan"), -3, "B", False, 2, "", float("inf")]
    runs = [pg.Run(train, name=str(place), params={"x": value}) for place, value in enumerate(given)]
    pg.save(runs)
    rising = ["10", "7", "1", "8", "4", "6", "3", "0", "9", "11", "5", "2"]
    found = pg.Run.filter().order_by("params__x")
    assert found.list("name") == rising
    assert found[2:5].list("name") == rising[2:5]
    falling = pg.Run.filter().order_by("-params__x").list("name")
    assert falling == ["5", "11", "0", "9", "3", "6", "4", "8", "1", "7", "10", "2"]
    assert (found.first(), found.last(), found.last()) == (runs[10], runs[2], found[-1])
    for place, run in enumerate(runs):
        Path(f"{place}.txt").write_text(str(place))
        pg.Artifact(f"{place}.txt", key=f"{place}.txt", run=run).save()
    assert pg.Artifact.filter().order_by("run__params__x").list("run__name") == rising
    assert pg.Run.filter().order_by("params__y", "-params__x").list("name") == falling
    assert len(pg.Run.filter().order_by("params").list("params")) == len(runs)
    assert len(pg.Artifact.filter().order_by("run__params").list("run__params")) == len(runs)
