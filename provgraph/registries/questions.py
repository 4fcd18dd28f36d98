"""Questions about where files come from and what became of them; each takes records, uids, keys or files on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from provgraph.ancestry import Facts, RunFacts
from provgraph.errors import InvalidValueError, check_flags, shown
from provgraph.models import checked_type
from provgraph.registries.backend import backend
from provgraph.registries.lineage import ANYTHING, Impact, Lineage
from provgraph.registries.naming import affected_first, all_named, named
from provgraph.registries.queryset import QuerySet
from provgraph.registries.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.registries.record import Record
    from provgraph.registries.user import User

ENDS: Final = ("Artifact", "Run", "Transform")


class Connection(NamedTuple):
    """How one record led to another: a shortest way, record by record, and the lineage of all that lies on any way."""

    chain: list[Record]
    lineage: Lineage

    def __repr__(self) -> str:
        """Give the way, a record a line."""
        titles = {facts.uid: _title(facts) for facts in self.lineage}
        return "\n".join(f"{each.label.lower():<8}  {each.uid}  {titles[each.uid]}" for each in self.chain)


def _title(facts: Facts) -> str:
    if isinstance(facts, RunFacts):
        return facts.transform_name or facts.transform_key or facts.uid
    return facts.key or facts.description or facts.uid


def lineage(  # noqa: PLR0913 - each is a choice of its own
    records: Any,
    direction: str = "both",
    *,
    depth: int | None = None,
    siblings: bool = True,
    until: Any = (),
    types: str | Iterable[str] | None = None,
) -> Lineage:
    """Give what records were made from ("upstream"), what was made from them ("downstream"), or both.

    `records` is one or a list, each a record, a uid, a key, a name or the path of a file. `depth` is how many runs away
    it reaches; `until` names records beyond which it does not go (of a transform: its runs); `types` keeps the runs of
    transforms of these types with what they read and made; `siblings` adds what else the runs made.

    Raises `InvalidValueError` for another direction, a depth that is negative or no number, a type that there is not,
    a record that has no lineage or cannot end one, `NotSavedError`, `NotFoundError`, and `EngineError` for an edge that
    another program left without its order. Takes three statements, besides finding records.

    >>> size = Path("a.txt").write_text("1")
    >>> run = pg.Run(pg.Transform(name="step").save()).save()
    >>> artifact = pg.Artifact("a.txt", key="a.txt", run=run).save()
    >>> found = pg.lineage("a.txt", "upstream")
    >>> found.artifacts.list("key"), found.transforms.list("name"), found.users.list("handle")
    (['a.txt'], ['step'], ['testuser1'])
    """
    check_flags(siblings=siblings)
    wanted = _types(types)
    found = backend().lineage(
        all_named(records),
        direction,
        depth=depth,
        siblings=siblings,
        until=_ends(until),
    )
    return Lineage.of(found if wanted is None else found.of_types(wanted))


def sources(records: Any) -> Any:
    """Give the artifacts at the roots of records: files that no run made before they were read, as a query set.

    Raises what `lineage` raises.

    >>> size = Path("raw.txt").write_text("1")
    >>> raw = pg.Artifact("raw.txt", key="raw.txt").save()
    >>> pg.sources("raw.txt").list("key")
    ['raw.txt']
    """
    found = lineage(records, "upstream", siblings=False)
    return found.only(found.roots).artifacts


def impact(records: Any, version: str | None = None) -> Impact:
    """Give everything that was made from records: `.artifacts`, `.runs`, and `.users`, whom to tell.

    What was asked for is among it only where it was made from a record that was asked for.

    A record is that of one version; text that names code, a script or a module that runs imported, means all its
    versions, and `version` one of them: its name, else the end of its uid, else the beginning of its hash.
    `.reproduced` are the artifacts that a run which is not affected made as well.

    Raises what `lineage` raises, `NotFoundError` for a version that there is not, and `InvalidValueError` for one of a
    record that is no code.

    >>> size = Path("raw.txt").write_text("1")
    >>> raw = pg.Artifact("raw.txt", key="raw.txt").save()
    >>> pg.impact(raw).artifacts.list("key")
    []
    >>> run = pg.Run(pg.Transform(name="step", version="2").save()).save()
    >>> made = pg.Artifact("raw.txt", key="made.txt", run=run).save()
    >>> pg.impact("step", version="2").artifacts.list("key")
    ['made.txt']
    """
    asked = affected_first(records, version)
    found = lineage(asked, "downstream", siblings=False)
    made = {edge.target for edge in found.edges if edge.kind == "output"}
    left = found.only(found.nodes.keys() - (found.targets - made - set(found.run_uids)))
    return replace(Impact.of(left), affected=frozenset(found.run_uids))


def makers(artifact: Any, transform: Any = None) -> QuerySet[Run]:
    """Give the runs that made a file, in the order in which they began; with `transform` only the runs of that code.

    The one that made it first is `artifact.run`.

    Raises what `lineage` raises.

    >>> size = Path("a.txt").write_text("1")
    >>> runs = [pg.Run(pg.Transform(name=name).save()).save() for name in ("first", "second")]
    >>> saved = [pg.Artifact("a.txt", key="a.txt", run=run).save() for run in runs]
    >>> pg.makers("a.txt").list() == runs, pg.makers("a.txt", "second").list() == runs[1:]
    (True, True)
    """
    record = _of("Artifact", artifact)
    found = QuerySet(Run, lifted=ANYTHING).filter(outputs=record)
    lineage(record, "upstream", depth=0, siblings=False)
    return found if transform is None else found.filter(transform=_of("Transform", transform))


def contributors(records: Any) -> QuerySet[User]:
    """Give the users who made what records stand on: who started the runs and saved the files upstream.

    Raises what `lineage` raises.

    >>> size = Path("a.txt").write_text("1")
    >>> made = pg.Artifact("a.txt", key="a.txt").save()
    >>> pg.contributors("a.txt").list("handle")
    ['testuser1']
    """
    return lineage(records, "upstream", siblings=False).users


def path_between(one: Any, other: Any) -> Connection | None:
    """Say how one artifact or run led to the other, whichever came first; None when neither did.

    From a record to itself the way is the record alone, where no longer one comes back to it.

    Raises what `lineage` raises, and `InvalidValueError` for a record that is neither an artifact nor a run.

    >>> size = Path("raw.txt").write_text("1"), Path("hits.txt").write_text("2")
    >>> raw = pg.Artifact("raw.txt", key="raw.txt", run=False).save()
    >>> run = pg.track(transform=pg.Transform(name="step", type="function"))
    >>> path = raw.cache()
    >>> hits = pg.Artifact("hits.txt", key="hits.txt").save()
    >>> [each.uid for each in pg.path_between(hits, raw).chain] == [raw.uid, run.uid, hits.uid]
    True
    >>> pg.finish()
    """
    first, second = named(one), named(other)
    for source, target in ((first, second), (second, first)):
        chain, between = backend().connection(source, target)
        if chain:
            return Connection(_records(chain, Lineage.of(between)), Lineage.of(between))
    return Connection([first], lineage(first, depth=0, siblings=False).only([first.uid])) if first == second else None


def common_ancestors(one: Any, other: Any) -> Lineage:
    """Give what both records were made from, and the runs that made both.

    Raises what `lineage` raises.

    >>> size = Path("raw.txt").write_text("1")
    >>> raw = pg.Artifact("raw.txt", key="raw.txt").save()
    >>> len(pg.common_ancestors(raw, raw))
    0
    """
    first, second = named(one), named(other)
    above, beside = (lineage(each, "upstream", siblings=False) for each in (first, second))
    return above.only((above.nodes.keys() & beside.nodes.keys()) - {first.uid, second.uid})


def _of(label: str, thing: Any) -> Any:
    """Give the record of this label that is meant; `InvalidValueError` for one of another, `NotSavedError`."""
    record = named(thing)
    if record.label != label:
        raise InvalidValueError(f"{shown(record)} is no {label.lower()}", f"Give one: a pg.{label}, or its key.")
    record.must_be_saved()
    return record


def _types(types: str | Iterable[str] | None) -> frozenset[str] | None:
    if types is None:
        return None
    listed = types if hasattr(types, "__iter__") and not isinstance(types, str) else [types]
    return frozenset(map(checked_type, listed))


def _ends(until: Any) -> frozenset[str]:
    """Give the uids at which a lineage ends."""
    records = all_named(until)
    for each in records:
        each.must_be_saved()
        if each.label not in ENDS:
            raise InvalidValueError(f"no lineage ends at a {each.label}", f"Give one of {', '.join(ENDS)}.")
    return frozenset(each.uid for each in records)


def _records(uids: list[str], found: Lineage) -> list[Record]:
    """Give the records of a way in its order."""
    known = {each.uid: each for each in (*found.artifacts, *found.runs)}
    return [known[uid] for uid in uids]
