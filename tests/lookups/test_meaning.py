"""Random filters give on both engines what the same conditions give in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from provgraph.errors import InvalidValueError
from provgraph.lookups import Selection, column, compile_count, compile_rows, parse
from provgraph.models import RELATIONS
from tests.support import conditions
from tests.support.conditions import Condition, Is, Joined, Turned, meant
from tests.support.graphs import Graph, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.bolt import BoltEngine

TEXTS: Final = ("a", "A", "a.csv", "50%", "ü", "csv", "one", "two", "", ".")
WORDS: Final = ("exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")
RELATIONS_ASKED: Final = {
    "Artifact": ("run", "transform", "created_by", "input_of"),
    "Run": ("transform", "outputs", "inputs", "predecessors", "successors", "created_by"),
    "Transform": ("runs", "outputs"),
    "User": ("artifacts", "runs"),
}
FIELDS: Final[dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    "Artifact": {"key": st.sampled_from(TEXTS), "description": st.sampled_from(TEXTS), "size": st.integers(0, 4)},
    "Run": {"name": st.sampled_from(("x", "y", "X")), "status": st.sampled_from(("completed", "errored"))},
    "Transform": {"name": st.sampled_from(TEXTS), "type": st.sampled_from(("script", "notebook"))},
    "User": {"handle": st.sampled_from(("ada", "bob", "B"))},
}
EXAMPLES: Final = 30
MOST_PATHS: Final = 3
"""Plain Python tries every choice of related records; more paths would take it minutes."""


@pytest.fixture(params=[1, 2])
def graph(engine: BoltEngine, request: pytest.FixtureRequest) -> Iterator[Graph]:
    yield from written(engine, request.param)


@st.composite
def paths(draw: st.DrawFn, label: str) -> tuple[str, ...]:
    path: list[str] = []
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        path.append(draw(st.sampled_from(RELATIONS_ASKED[label])))
        label = RELATIONS[label][path[-1]].target
    return tuple(path)


@st.composite
def compared(draw: st.DrawFn, label: str) -> Is:
    path = draw(paths(label))
    for name in path:
        label = RELATIONS[label][name].target
    if path and draw(st.integers(0, 4)) == 0:
        return Is(path, None, "isnull", draw(st.booleans()))
    hidden = {"Artifact": ("kind", "deleted"), "User": ()}.get(label, ("deleted",))
    if hidden and draw(st.integers(0, 9)) == 0:
        name = draw(st.sampled_from(hidden))
        return Is(path, name, "exact", draw(st.booleans()) if name == "deleted" else draw(st.sampled_from(KINDS)))
    field = draw(st.sampled_from(sorted(FIELDS[label])))
    values = FIELDS[label][field]
    compare = draw(st.sampled_from((*_suiting(field), "in", "isnull", "exact")))
    if compare == "isnull":
        return Is(path, field, compare, draw(st.booleans()))
    if compare == "in":
        return Is(path, field, compare, draw(st.lists(values, max_size=3)))
    if compare == "range":
        return Is(path, field, compare, [draw(values), draw(values)])
    value = draw(values)
    return Is(path, field, compare, "^" + value.replace(".", "[.]") if "regex" in compare else value)


KINDS: Final = ("data", "report")


def _suiting(field: str) -> tuple[str, ...]:
    if field == "size":
        return ("gt", "gte", "lt", "lte", "range")
    return WORDS if field in ("status", "type") else (*WORDS, "gt", "lte", "range", "regex", "iregex")


def joined(label: str) -> st.SearchStrategy[Condition]:
    return st.recursive(
        compared(label),
        lambda inner: st.one_of(
            st.builds(Turned, inner),
            st.builds(Joined, st.sampled_from("&|"), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, list[Condition]]:
    label = draw(st.sampled_from(("Artifact", "Artifact", "Run", "Transform", "User")))
    return label, draw(st.lists(joined(label), min_size=1, max_size=2))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(question=asked())
def test_a_filter_means_the_same_as_in_python(
    engine: BoltEngine, graph: Graph, question: tuple[str, list[Condition]]
) -> None:
    """Whatever is joined, turned round and followed across relations, the same records are found, by one statement."""
    label, calls = question
    assume(all(len({each.path for each in conditions.comparisons(call)} - {()}) <= MOST_PATHS for call in calls))
    space = None if label == "User" else graph.space
    expected = meant(graph, label, calls)
    selection = Selection(label, space, tuple(parse(label, call.q()) for call in calls))
    try:
        query = compile_rows(selection, [column(label, "uid")])
    except InvalidValueError as error:
        assert "alternatives" in str(error)  # noqa: PT017 - the only reason to refuse
        assume(False)
    before = engine.statements
    answers = engine.read(query.text, **query.parameters)
    assert engine.statements - before == 1
    found = {uid for (uids,) in answers for uid in uids} & set(graph.nodes[label])
    assert found == expected, query.text
    counting = compile_count(selection)
    if counting is not None and space is not None:
        assert engine.read(counting.text, **counting.parameters) == [[len(expected)]]
