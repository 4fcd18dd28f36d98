"""What a person says never becomes part of a query: as any text of any call, in the names of fields too."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import provgraph
from provgraph import errors
from provgraph.engines import bolt
from provgraph.statements import Statement
from tests.mistakes.test_names import BETWEEN_ROOMS, public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mistakes.world import World

pg: Any = provgraph
FRAME: Final = pd.DataFrame({"n": [1]})
MARK: Final = "zzq"
"""Stands in each text, and in no statement of ours."""
HOSTILE: Final = (
    "zzq'}) DETACH DELETE n //",
    'zzq"}) DETACH DELETE n //',
    "zzq`}) DETACH DELETE n //",
    "zzq' OR 1=1 //",
    "zzq\\' OR true //",
    "zzq\\u0027 OR true //",
    "zzq\\u0060) MATCH (n) DETACH DELETE n //",
    "zzq\u2019}) DETACH DELETE n //",
    "zzq\uff07 OR true //",
    "zzq\u02bc\u201c\u201d",
    "zzq */ MATCH (n) DETACH DELETE n /*",
    "zzq\nMATCH (n) DETACH DELETE n",
    "zzq; MATCH (n) DETACH DELETE n;",
    "zzq $space",
    "$zzq",
    "{zzq}",
    "zzq:Artifact|Run",
    "zzq) CALL { MATCH (n) DETACH DELETE n } RETURN (1",
    "zzq}) RETURN n UNION MATCH (n) RETURN n //",
    "zzq LOAD CSV FROM 'file:///etc/passwd' AS l",
    "zzq.* OR n.key",
    "zzq\x00",
    "zzq\u202egpj",
    "../zzq",
    "zzq__exact",
    "%zzq%_",
)
ODD: Final = tuple(text for text in HOSTILE if "\\u" in text or text in {"{zzq}", "zzq\x00", "zzq\u202egpj"})
"""Escapes, which Neo4j alone reads anywhere in a query, and what an engine may not take as a value."""
ASKED: Final[dict[str, Callable[[World, str], object]]] = {
    "field": lambda _, text: pg.Artifact.filter(**{text: 1}).list(),
    "field of a relation": lambda _, text: pg.Artifact.filter(**{f"run__{text}": 1}).list(),
    "comparison": lambda _, text: pg.Artifact.filter(**{f"key__{text}": 1}).list(),
    "name of a parameter": lambda _, text: pg.Run.filter(**{f"params__{text}": 1}).list(),
    "name in Q": lambda _, text: pg.Run.filter(~pg.Q(**{text: 1}) | pg.Q(**{f"params__{text}__gt": 1})).list(),
    "order": lambda _, text: pg.Artifact.filter().order_by(text).list(),
    "column": lambda _, text: pg.Artifact.filter().list(text),
    "column of a parameter": lambda _, text: pg.Run.filter().order_by(f"params__{text}").list(f"params__{text}"),
    "included parameter": lambda _, text: pg.Artifact.df(include=f"run__params__{text}"),
    "included": lambda _, text: pg.Artifact.df(include=[text, f"run__{text}"]),
    "lookup": lambda _, text: pg.Artifact.lookup(text, text)(),
    "value": lambda _, text: pg.Artifact.filter(key=text, description__contains=text, run__name__in=[text]).list(),
    "values": lambda _, text: pg.Run.filter(params__rate=text, argv__contains=text, name__istartswith=text).list(),
    "pattern": lambda _, text: pg.Artifact.filter(key__regex=text).list(),
    "excluded": lambda _, text: pg.Artifact.filter().exclude(key=text).count(),
    "time": lambda _, text: pg.Artifact.filter(created_at__gt=text).list(),
    "kind": lambda _, text: pg.Artifact.filter(kind=text).list(),
    "related": lambda _, text: pg.Artifact.filter(run=text).list(),
    "walk": lambda _, text: pg.Artifact.filter(upstream_of=text).list(),
    "uid": lambda _, text: pg.Artifact.get(text),
    "key": lambda _, text: pg.Artifact.get(key=text),
    "search": lambda _, text: pg.Artifact.search(text).list(),
    "lineage": lambda _, text: pg.lineage(text, until=text, types=text),
    "lineage of a record": lambda world, text: world.names["artifact"].lineage(until=text, types=[text]),
    "picture of a record": lambda world, text: world.names["artifact"].view_lineage(text),
    "direction": lambda world, text: pg.lineage(world.names["artifact"], text),
    "depth": lambda world, text: pg.lineage(world.names["artifact"], depth=text),
    "types": lambda world, text: pg.lineage(world.names["artifact"], types=[text]),
    "impact": lambda world, text: pg.impact(world.names["transform"], version=text),
    "impact of a name": lambda _, text: pg.impact(text),
    "makers": lambda _, text: pg.makers("out.csv", text),
    "contributors": lambda _, text: pg.contributors(text),
    "sources": lambda _, text: pg.sources(text),
    "path": lambda _, text: pg.path_between("out.csv", text),
    "common": lambda _, text: pg.common_ancestors("out.csv", text),
    "explain": lambda _, text: pg.explain(text),
    "verify": lambda _, text: pg.verify(text),
    "sync": lambda _, text: pg.sync(kept_for=text),
    "parameter": lambda _, text: pg.cypher("RETURN $x AS x, $y AS y", x=text, y={"a": [text]}),
    "title": lambda world, text: pg.lineage(world.names["artifact"]).view_lineage(text).html,
    "space": lambda _, text: pg.init(name=f"{text} "),
    "url": lambda _, text: pg.init(url=f" {text}"),
    "handle": lambda _, text: pg.login(text),
    "folder": lambda _, text: pg.add(text, exclude=[text]),
    "pattern of files": lambda _, text: pg.add(".", exclude=[text], dry_run=True),
    "file to use": lambda world, text: world.while_on(lambda: pg.use(text, key=text, description=text)),
    "instance": lambda _, text: pg.connect(f"none/{text}"),
    "backup": lambda _, text: pg.backup(f"none/{text}"),
    "backup to restore": lambda _, text: pg.restore(text),
    "pipeline": lambda _, text: pg.track(pipeline=text, version=text),
    "uid to track": lambda _, text: pg.track(text),
}
"""Calls that ask; none of them writes."""
NOT_ASKED: Final = {
    "Artifact.from_anndata": "its key and description go the way of those of from_df",
    "Artifact.hidden": "provgraph's own",
    **dict.fromkeys(("Artifact.load", "Artifact.open", "Collection.load"), "what reads the file is given these"),
    **dict.fromkeys(("Lineage.of_types", "Lineage.only", "Lineage.results_of", "Lineage.sources_of"), "has the graph"),
    "Lineage.roles_of": "has the graph",
    **dict.fromkeys(("Lineage.save", "Lineage.show", "Picture.save", "Picture.show"), "the path of a page to write"),
    "Record.to_dataframe": "another word for df",
}
"""Public names that take a text too and are not called here, with the reason."""


class Heard:
    """Every statement that is sent to the engine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Listen."""
        self.texts: list[str] = []
        sent = bolt._sent

        def send(through: Any, statement: Statement | str, parameters: dict[str, Any]) -> Any:
            self.texts.append(statement.text if isinstance(statement, Statement) else statement)
            return sent(through, statement, parameters)

        monkeypatch.setattr(bolt, "_sent", send)

    def holds(self, text: str) -> list[str]:
        """Give the statements that have the mark or the text in them."""
        return [each for each in self.texts if MARK in each.lower() or text in each]


@contextlib.contextmanager
def heard() -> Iterator[Heard]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Heard(monkeypatch)


def asked(world: World, text: str) -> None:
    """Ask every question with a text; its own errors are ours, and the graph stays as it is."""
    before = world.state()
    with heard() as engine:
        for name, call in ASKED.items():
            try:
                call(world, text)
            except errors.ProvgraphError:
                pass
            except Exception as error:
                raise AssertionError(f"{name} with {text!r}") from error
            world.back()
    assert engine.holds(text) == []
    assert world.state() == before


@pytest.mark.parametrize(
    ("world", "text"),
    [*(("local", text) for text in HOSTILE), *(("neo4j", text) for text in (HOSTILE[0], *ODD))],
    indirect=["world"],
)
def test_no_question_makes_a_text_part_of_a_query(text: str, world: World) -> None:
    """Neither a value nor the name of a field; whatever it closes, comments out or quotes.

    What is sent is the same for both engines, so most are tried on one.
    """
    asked(world, text)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("'\"`\\{}()[]/*;:$|.-_ \n\u2019\uff07\u0000ab"), max_size=12))
@example("\\u0027")
def test_no_text_at_all_becomes_part_of_a_query(world: World, text: str) -> None:
    """As above, with what nobody has thought of."""
    asked(world, f"{text}{MARK}{text}")


def saved(text: str, number: int) -> list[Any]:
    """Save a record of each kind in which every text is hostile; what is refused is refused before anything is sent."""
    Path("hostile.csv").write_text(f"{number} {text}")
    made: list[Any] = []
    transform = pg.Transform(name=text, version=text, reference=text, description=text).save()
    run = pg.Run(transform, name=text, params={text: text, "in": {text: [text]}, "rate": number}).save()
    made += [transform, run]
    artifact = pg.Artifact("hostile.csv", key=f"{number}.csv", description=text, type=text, run=run).save()
    collection = pg.Collection([artifact], name=text, description=text).save()
    pg.Storage(f"/{text.replace('://', '')}", host=text).save()
    return [*made, artifact, collection]


@pytest.mark.parametrize("text", [each for each in HOSTILE if "\0" not in each])
def test_what_is_saved_is_the_text_itself(text: str, world: World) -> None:
    """The graph holds it as it was given, one record of each kind more, and finds it by it."""
    number = HOSTILE.index(text)
    before = world.store.engine.read("MATCH (n) WHERE n.space = $space RETURN count(n)", space=world.store.space)
    with heard() as engine:
        transform, run, artifact, collection = saved(text, number)
        assert pg.Transform.get(name=text, description=text) == transform
        assert pg.Run.filter(name=text).one() == run
        assert pg.Run.filter(name=text).one().params == {text: text, "in": {text: [text]}, "rate": number}
        assert pg.Artifact.get(description=text, type=text) == artifact
        assert pg.Collection.get(name=text).artifacts.one() == artifact
        assert pg.Artifact.filter(run__transform__name=text).list("run__params") != []
    after = world.store.engine.read("MATCH (n) WHERE n.space = $space RETURN count(n)", space=world.store.space)
    assert engine.holds(text) == []
    assert after[0][0] == before[0][0] + 4
    assert collection.name == text
    world.known = None


def keyed(world: World, text: str) -> tuple[Callable[[], Any], ...]:
    """Give the ways to make a record whose key, name or handle is a text."""
    Path("keyed.csv").write_text(text.replace("\0", ""))
    return (
        lambda: pg.Artifact("keyed.csv", key=f"{text}.csv", run=False),
        lambda: pg.Artifact.from_df(FRAME, key=f"{text}.parquet", description=text, run=False),
        lambda: pg.Artifact.from_dir("folder", key=text, run=False)[0],
        lambda: pg.Transform(key=text),
        lambda: pg.Collection([world.names["source"]], key=text),
        lambda: pg.User(text),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_key_is_refused_or_is_itself(text: str, world: World) -> None:
    """As a key of an artifact, of code and of a set; what is saved lies within the storage."""
    with heard() as engine:
        for make in keyed(world, text):
            try:
                record = make()
            except errors.InvalidValueError:
                continue
            assert record.save().title() in {text, f"{text}.csv", f"{text}.parquet", str(PurePosixPath(text, "c.csv"))}
        root = world.store.instance.storage.resolve()
        assert all(path.resolve().is_relative_to(root) for path in world.store.instance.storage.rglob("*"))
    assert engine.holds(text) == []


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_every_call_that_takes_a_text_is_tried(world: World) -> None:
    """A new one fails here until it is asked with hostile texts, or it is said why it need not be."""
    takes = {name: code for name, value in public() if name not in BETWEEN_ROOMS and (code := taking_text(value))}
    text = "zzq-OR-true"
    with called(takes) as tried:
        asked(world, text)
        saved(text, 0)
        for make in keyed(world, text):
            make()
    assert sorted(takes.keys() - NOT_ASKED.keys() - tried) == []
    assert sorted(NOT_ASKED.keys() - (takes.keys() - tried)) == []


def taking_text(value: Any) -> Any:
    """Give the code of a call whose annotations let a person give it a text, None for another one."""
    call = vars(value)["__init__"] if isinstance(value, type) else getattr(value, "__func__", value)
    given = {name: str(kind) for name, kind in getattr(call, "__annotations__", {}).items() if name != "return"}
    return call.__code__ if any(re.search(r"\b(str|Any|object)\b", kind) for kind in given.values()) else None


@contextlib.contextmanager
def called(codes: dict[str, Any]) -> Iterator[set[str]]:
    """Note which of these are called with the mark in what they are given."""
    names: dict[Any, set[str]] = {}
    for name, code in codes.items():
        names.setdefault(code, set()).add(name)
    found: set[str] = set()

    def look(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in names and has_mark(frame.f_locals):
            found.update(names[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


def has_mark(value: Any) -> bool:
    """Say whether the mark stands in a text, or in one within a list or a map."""
    if isinstance(value, dict):
        return has_mark([*value, *value.values()])
    if isinstance(value, list | tuple | set):
        return any(map(has_mark, value))
    return isinstance(value, str | Path) and MARK in str(value)
