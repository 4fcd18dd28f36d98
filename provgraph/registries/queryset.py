"""Query sets: records that were asked for, fetched when they are needed, with one query for each call."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, SupportsIndex, TypeVar, overload

from provgraph.errors import AmbiguousError, InvalidValueError, NoItemError, NotFoundError, check_flags, shown
from provgraph.lookups import Q, Selection, column, compile_count, parse, parse_order
from provgraph.models import from_micros
from provgraph.registries import frames
from provgraph.registries.backend import backend
from provgraph.registries.fetching import Cells, Columns, Key, fetch
from provgraph.registries.search import check_limit
from provgraph.registries.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from provgraph.registries.record import Record

R = TypeVar("R", bound="Record")
Texts = list[str]
Records = list
"""`list`, which the class has as a method too."""

CREATION: Final = ("created_at", "uid")
"""The order in which records come when nothing else is said."""
LISTED: Final = 10
"""Records that an error or a `repr` lists."""


@dataclass(frozen=True)
class QuerySet(Generic[R]):
    """The records of one registry that fulfil some conditions, in an order.

    By default the records of this space that are not deleted, of artifacts those of kind "data", in the order of their
    creation. Nothing is fetched before a method asks for it; each method asks the graph once.

    >>> pg.save([pg.Transform(name=name, type="script") for name in ("align", "count", "plot")])
    >>> scripts = pg.Transform.filter(type="script").exclude(name="count")
    >>> scripts.order_by("-name").list("name"), scripts.count(), scripts.first().name
    (['plot', 'align'], 2, 'align')
    >>> scripts.df()[["name", "type"]].values.tolist()
    [['align', 'script'], ['plot', 'script']]
    """

    registry: type[R]
    conditions: tuple[Q, ...] = ()
    order: tuple[str, ...] = CREATION
    start: int = 0
    stop: int | None = None
    lifted: frozenset[str] = frozenset()
    """Fields (space, deleted, kind) by which nothing is left out."""
    others: tuple[QuerySet[R], ...] = ()
    """Query sets whose records belong to this one too."""
    backwards: bool = False
    """Whether the whole order is turned round."""

    @property
    def label(self) -> str:
        """The label of the records."""
        return self.registry.label

    def filter(self, *conditions: Q, **lookups: Any) -> QuerySet[R]:
        """Keep the records that fulfil all of these; conditions on one relation hold for the same related record.

        `upstream_of` and `downstream_of` keep what a record (or several; by a key, a uid or a file) was made from, or
        what was made from it. Raises `UnknownFieldError`, which names the near fields, `InvalidValueError` and
        `NotSavedError`.

        >>> size = Path("raw.txt").write_text("1")
        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> raw = pg.Artifact("raw.txt", key="raw.txt", run=run).save()
        >>> pg.Transform.filter(upstream_of=raw, type="pipeline").list("name")
        ['step']
        """
        if not (conditions or lookups):
            return self
        return self._narrowed(walked(self.label, Q(*conditions, **lookups)))

    def exclude(self, *conditions: Q, **lookups: Any) -> QuerySet[R]:
        """Leave out the records that fulfil all of these; nothing without any."""
        return self._narrowed(~walked(self.label, Q(*conditions, **lookups)))

    def all(self) -> QuerySet[R]:
        """Give the same records."""
        return self

    def search(self, text: str, limit: int = 20) -> QuerySet[R]:
        """Keep the records whose key, name or description has words of the text, the best first."""
        from provgraph.registries.search import search

        return search(self, text, limit)

    def delete(self, *, permanent: bool = False) -> int:
        """Hide all these records, or remove them with `permanent`, and count them: all or none, in one transaction.

        Raises what a record's own `delete` raises.

        >>> pg.save([pg.Transform(name=name) for name in ("align", "plot")])
        >>> pg.Transform.filter(name__in=["align", "plot"]).delete(), pg.Transform.filter().count()
        (2, 0)
        """
        check_flags(permanent=permanent)
        records = list(self)
        if records:
            backend().delete(records, permanent=permanent)
        return len(records)

    def order_by(self, *names: str) -> QuerySet[R]:
        """Order by fields, `-` before one that falls; ties come in the order of creation.

        A parameter (`params__cutoff`) can be of any type: texts come before truth values and these before numbers.
        """
        for name in names:
            parse_order(self.label, name)
        return replace(self, order=(*names, *CREATION))

    def first(self) -> R | None:
        """Give the first record, None when there is none; the first created unless ordered otherwise."""
        return next(iter(self[:1]), None)

    def last(self) -> R | None:
        """Give the last record, None when there is none."""
        if self.start or self.stop is not None:
            listed = list(self)
            return listed[-1] if listed else None
        return replace(self, backwards=not self.backwards).first()

    def one(self) -> R:
        """Give the only record; `NotFoundError` when there is none, `AmbiguousError` when there are several."""
        found = list(self[: LISTED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFoundError(f"no {self.label} fits", f"Look at what there is: {self.label}.filter().df().")
        raise several(found, "Say more, or take .first() or .last().")

    def one_or_none(self) -> R | None:
        """Give the only record, None when there is none; `AmbiguousError` when there are several."""
        try:
            return self.one()
        except NotFoundError:
            return None

    def count(self) -> int:
        """Count the records."""
        query = compile_count(self._selection()) if not self.start and self.stop is None else None
        if query is None:
            return len(self.uids())
        rows = backend().fetch(query.text, query.parameters)
        return int(rows[0][0]) if rows else 0

    def exists(self) -> bool:
        """Say whether there is a record."""
        return bool(self[:1].uids())

    def uids(self) -> Texts:
        """Give the records' uids."""
        return self._cells(["uid"])[0]

    def list(self, *fields: str) -> Cells:
        """Give the records; with one field its values, with several a tuple of values for each record.

        A field may lie across relations: `run__transform__name`; `params__cutoff` is one parameter of a run.
        """
        if not fields:
            return list(self)
        columns = [
            cells if each.is_plain else [each.read(cell) for cell in cells]
            for each, cells in zip((column(self.label, name) for name in fields), self._cells(fields), strict=True)
        ]
        return columns[0] if len(fields) == 1 else list(zip(*columns, strict=True))

    def df(self, limit: int | None = None, include: str | Texts | None = None) -> pd.DataFrame:
        """Give the records (the first `limit`) as a DataFrame, a row each, indexed by uid.

        `include` adds fields across relations, such as "run__transform__name", and single parameters of runs, such as
        "params__cutoff". Times are in UTC.
        """
        if include is not None and not hasattr(include, "__iter__"):
            raise InvalidValueError(
                f"include={shown(include)} is no name of a field", 'Give names: include=["run__uid"].'
            )
        names = [name for name in frames.columns(self.registry) if name not in frames.HIDDEN]
        names += [include] if isinstance(include, str) else Records(include or ())
        names = list(dict.fromkeys(names))
        check_limit(limit, or_all=True)
        chosen = self if limit is None else self[:limit]
        return frames.frame(self.label, names, chosen._cells(names))

    to_dataframe = df

    @overload
    def __getitem__(self, place: SupportsIndex) -> R: ...

    @overload
    def __getitem__(self, place: slice) -> QuerySet[R]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> R | QuerySet[R]:
        """Give the record at a place, or the records of a slice; negative places count from the end."""
        if not isinstance(place, slice):
            place = self._place(place)
            is_there = place < 0 or self._is_fetched
            listed, at = (list(self), place) if is_there else (list(self[place : place + 1]), 0)
            if not -len(listed) <= at < len(listed):
                raise NoItemError(f"there is no {self.label} at {place}", "See how many there are: .count().")
            return listed[at]
        first, last, step = (
            None if each is None else self._place(each) for each in (place.start, place.stop, place.step)
        )
        if step not in (None, 1) or (first or 0) < 0 or (last or 0) < 0:
            raise InvalidValueError(f"{place} is no slice of a query set", "Use list(...)[...] for negative places.")
        start = self.start + (first or 0)
        stops = [each for each in (self.stop, None if last is None else self.start + last) if each is not None]
        return replace(self, start=start, stop=min(stops) if stops else None)

    def __iter__(self) -> Iterator[R]:
        """Give the records; they are fetched by the first loop, and kept for the next."""
        return iter(self._records)

    def __len__(self) -> int:
        """Count the records."""
        return len(self._records) if self._is_fetched else self.count()

    def __bool__(self) -> bool:
        """Say whether there is a record."""
        return bool(self._records) if self._is_fetched else self.exists()

    def __or__(self, other: QuerySet[R]) -> QuerySet[R]:
        """Give the records of either; `InvalidValueError` for a slice, a search, and records of another registry."""
        self._check_joined(other)
        parts = [*self._parts(), *other._parts()]
        return replace(parts[0], order=self.order, others=tuple(parts[1:]))

    def __and__(self, other: QuerySet[R]) -> QuerySet[R]:
        """Give the records of both; `InvalidValueError` for a slice, a search, and records of another registry."""
        self._check_joined(other)
        first, *others = [
            replace(one, conditions=one.conditions + two.conditions, lifted=one.lifted | two.lifted)
            for one in self._parts()
            for two in other._parts()
        ]
        return replace(first, order=self.order, others=tuple(others))

    def holding(self, records: Sequence[R]) -> QuerySet[R]:
        """Give a query set whose records are known already, and are not fetched when one goes through them."""
        known = replace(self)
        known.__dict__["_records"] = Records(records)
        return known

    @functools.cached_property
    def _records(self) -> Records[R]:
        columns = self._cells(self.registry.fields())
        return [self.registry.from_row(list(row)) for row in zip(*columns, strict=True)]

    @property
    def _is_fetched(self) -> bool:
        return "_records" in self.__dict__

    def _place(self, place: Any) -> int:
        if isinstance(place, bool) or not hasattr(place, "__index__"):
            raise InvalidValueError(
                f"{shown(place)} is no place in a query set",
                f"Give a whole number or a slice; for a field .list({shown(place)}).",
            )
        return operator.index(place)

    def _check_joined(self, other: Any) -> None:
        if not isinstance(other, QuerySet) or other.registry is not self.registry:
            what = f"{other.label}s" if isinstance(other, QuerySet) else shown(other)
            raise InvalidValueError(
                f"{self.label}s cannot be joined with {what}",
                f"Join query sets of one registry: {self.label}.filter(...).",
            )

    def _parts(self) -> Records[QuerySet[R]]:
        """Give the query sets that this one is the union of."""
        if self.start or self.stop is not None:
            raise InvalidValueError("a slice cannot be joined", "Join first, then slice.")
        return [replace(self, others=()), *self.others]

    def __repr__(self) -> str:
        """Show the first records as a table."""
        from provgraph.views.tables import text_table

        return text_table(f"{self.label}s", frames.shown(self.registry, self[:LISTED]))

    def _repr_html_(self) -> str:
        from provgraph.views.tables import repr_html

        return repr_html(f"{self.label}s", frames.followed(self[:LISTED]))

    def _narrowed(self, condition: Q) -> QuerySet[R]:
        parse(self.label, condition)
        if self.start or self.stop is not None:
            raise InvalidValueError("a slice cannot be filtered", "Filter first, then slice.")
        others = tuple(each._narrowed(condition) for each in self.others)
        return replace(self, conditions=(*self.conditions, condition), others=others)

    def _selection(self) -> Selection:
        space = backend().space if self.registry.spaced and "space" not in self.lifted else None
        groups = tuple(parse(self.label, each) for each in self.conditions)
        return Selection(self.label, space, groups, self.lifted, tuple(each._selection() for each in self.others))

    def _cells(self, names: Sequence[str]) -> Columns:
        """Fetch the cells of these columns, as the graph gave them."""
        return fetch(self._selection(), names, self._keys(), self.start, self.stop)

    def _keys(self) -> Records[Key]:
        """Give what the records are ordered by."""
        return [
            Key(column(self.label, name.removeprefix("-")), name.startswith("-") is not self.backwards, self.backwards)
            for name in self.order
        ]


def several(found: Sequence[Record], advice: str | None = None) -> AmbiguousError:
    """Make the error for records of which one was asked for; it lists them."""
    shown = ", ".join(f"{each.uid} ({_known_by(each)})" for each in found[:LISTED])
    more = " and more" if len(found) > LISTED else ""
    label = found[0].label
    otherwise = f"Give the whole uid, or {label}.filter(...).first()."
    return AmbiguousError(f"several {label}s fit: {shown}{more}", advice or otherwise)


def _known_by(record: Record) -> str:
    """Give what tells a record from another: its key, its name, or else when it was made."""
    known = getattr(record, "key", None) or record.title()
    return f"of {from_micros(record.created_us):%Y-%m-%d %H:%M:%S}" if known == record.uid else str(known)
