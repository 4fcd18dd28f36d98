"""What every record can do: be found, be saved, be deleted, and show itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from pydantic import BaseModel, PrivateAttr

from provgraph import uids
from provgraph.errors import InvalidValueError, NotFoundError, near, shown
from provgraph.lookups import column
from provgraph.models import RELATIONS, Node
from provgraph.registries import frames
from provgraph.registries.backend import backend
from provgraph.registries.lookup import Lookup
from provgraph.registries.queryset import LISTED, QuerySet, several
from provgraph.views.folding import CAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from pydantic._internal._model_construction import ModelMetaclass

    from provgraph.lookups import Q
    from provgraph.registries.artifact import Artifact
    from provgraph.registries.describing import Description
    from provgraph.registries.explaining import Explanation
    from provgraph.registries.lineage import Impact, Lineage
    from provgraph.views.picture import Picture
else:
    ModelMetaclass = type(BaseModel)

S = TypeVar("S", bound=QuerySet[Any])
SHOWN = 8
UNSHOWN: Final = frozenset({*frames.HIDDEN, "error", "argv", "cwd", "params", "hash"})
"""Fields that the line of a record leaves out."""
ANYWHERE: Final = frozenset({"space"})
"""What is lifted for records that are named: they may belong to another space."""
PLUMBING: Final = frozenset(
    "changes facts fields from_row hidden label mutable must_be_savable must_be_saved note_saved of read_params spaced "  # noqa: SIM905 - a list of names
    "title_fields".split()
)
"""What provgraph itself uses of a record; a person who completes a name does not look for it."""
UNCOMPLETED: Final = PLUMBING | frozenset(dir(BaseModel))


def _completed(names: Iterable[str]) -> list[str]:
    """Leave out what pydantic adds to a record, and our own plumbing."""
    return [each for each in names if each.startswith("_") or each not in UNCOMPLETED]


class Registry(ModelMetaclass):
    """The class of the registries: what IPython and Jupyter complete of them is what a person calls."""

    def __dir__(self) -> list[str]:
        """Name the relations and the calls."""
        return _completed(super().__dir__())


class Record(Node, metaclass=Registry):
    """A node that a person works with."""

    _apart: dict[str, Any] | None = PrivateAttr(default=None)
    """What it is related to, by the relations' names, when it was saved while recording is off: no graph knows it."""

    @classmethod
    def filter(cls, *conditions: Q, **lookups: Any) -> QuerySet[Self]:
        """Give the records that fulfil these conditions, of fields and across relations.

        Of runs, `params__cutoff__lt=0.05` asks for one parameter and `params__model.depth` for one within another. One
        that is called like a comparison is asked for with a comparison: `params__exact__exact=1`.

        A datetime without a zone is local time, as in Python; a date, and text without a zone, is in UTC, as times are
        shown.

        Raises `UnknownFieldError`, which names the near fields, `InvalidValueError` for a value that does not fit, and
        `NotSavedError` for an unsaved record.

        >>> pg.save([pg.Transform(name="align", type="script"), pg.Transform(name="plot", type="notebook")])
        >>> pg.Transform.filter(type="notebook", created_by__handle="testuser1").list("name")
        ['plot']
        >>> pg.Transform.filter(pg.Q(name__startswith="a") | pg.Q(type="notebook")).count()
        2
        """
        return QuerySet(cls).filter(*conditions, **lookups)

    @classmethod
    def all(cls) -> QuerySet[Self]:
        """Give all records of this space."""
        return QuerySet(cls)

    @classmethod
    def df(cls, limit: int | None = None, include: str | list[str] | None = None) -> pd.DataFrame:
        """Give the records of this space as a DataFrame, the newest first; see `QuerySet.df`."""
        return QuerySet(cls).order_by("-created_at").df(limit, include)

    @classmethod
    def to_dataframe(cls, limit: int | None = None, include: str | list[str] | None = None) -> pd.DataFrame:
        """Give what `df` gives, by LaminDB's word."""
        return cls.df(limit, include)

    @classmethod
    def get(cls, uid: str | None = None, **lookups: Any) -> Self:
        """Give one record, by its uid, the beginning of its uid, or lookups.

        A key, a name, or a uid without the version's four characters gives the latest version. Raises `NotFoundError`,
        which names near keys, and `AmbiguousError`, which lists the records.

        >>> saved = pg.Transform(name="align").save()
        >>> pg.Transform.get(name="align") == pg.Transform.get(saved.uid[:8]) == saved
        True
        """
        if (uid is not None or not lookups) and (not isinstance(uid, str) or not uid):
            raise InvalidValueError(f"get({shown(uid)}) names no record", f"Give a uid or a lookup. {cls._otherwise()}")
        kept = backend().recall(cls.label, uid, lookups)
        if isinstance(kept, cls):
            return kept
        if uid is not None:
            return cls._by_uid(uid, lookups)
        result = cls._meant(lookups)
        if result is None:
            asked = ", ".join(f"{name}={shown(value)}" for name, value in lookups.items())
            raise NotFoundError(f"no {cls.label} has {asked}", cls._advice(lookups))
        return result

    @classmethod
    def search(cls, text: str, limit: int = 20) -> QuerySet[Self]:
        """Give the records whose key, name or description has words of the text, the best first.

        >>> pg.save([pg.Transform(name=name) for name in ("My project", "Project flow")])
        >>> pg.Transform.search("project flow").list("name")
        ['Project flow', 'My project']
        """
        return QuerySet(cls).search(text, limit)

    @classmethod
    def lookup(cls, field: str | None = None, return_field: str | None = None) -> Lookup[Self]:
        """Give an object whose attributes are the records by name, for completion with the tab key.

        `field` is what they are named by, `return_field` what they stand for instead of the record.

        >>> saved = pg.Transform(name="Cell Ranger 7.2").save()
        >>> pg.Transform.lookup().Cell_Ranger_7_2 == saved
        True
        """
        return Lookup(cls, field or cls.title_fields[0], return_field)

    def save(self) -> Self:
        """Write the record and give it back; what it is in the graph is what it holds from then on.

        Raises `NotSavedError` for a relation to an unsaved record, and the errors of its file.
        """
        self.must_be_savable()
        backend(writes=True).save([self])
        return self

    def delete(self, *, permanent: bool = False) -> None:
        """Hide the record, or remove its node with `permanent`, which is refused while something stands on it.

        Raises `NotSavedError`, `NotFoundError` when it is gone, and `InvalidValueError` for a record that others share,
        a run that is on, and a permanent deletion that would leave a hole in lineage. Saving it again brings it back.
        With a run that is removed go its environment, report and source code, unless another run has them too, and the
        predecessors of its transform that no other run explains.

        >>> pg.Transform(name="align").save().delete()
        >>> pg.Transform.filter(name="align").count(), pg.Transform.filter(name="align", deleted=True).count()
        (0, 1)
        """
        backend().delete([self], permanent=permanent)

    @property
    def versions(self) -> QuerySet[Self]:
        """All its versions, the oldest first.

        >>> saved = [pg.Transform(name="Cell Ranger", version=version).save() for version in ("7.1", "7.2")]
        >>> saved[0].versions.list("version")
        ['7.1', '7.2']
        """
        stem = self.uid[: uids.STEM_LENGTH[self.label]]
        found = QuerySet(type(self), lifted=ANYWHERE | {"kind"}, order=("uid",))
        return found.filter(uid__startswith=stem)

    def as_dict(self) -> dict[str, Any]:
        """Give the record's fields, times as datetimes."""
        return frames.facts(self)

    def lineage(
        self,
        direction: str = "both",
        *,
        depth: int | None = None,
        siblings: bool = True,
        until: Any = (),
        types: str | Iterable[str] | None = None,
    ) -> Lineage:
        """Give what the record was made from ("upstream"), what was made from it ("downstream"), or both.

        The arguments are those of `pg.lineage`, and so are its errors. Takes three statements at most.

        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> size = Path("a.txt").write_text("1")
        >>> found = pg.Artifact("a.txt", key="a.txt", run=run).save().lineage("upstream")
        >>> len(found.runs), len(found.artifacts)
        (1, 1)
        """
        from provgraph.registries import questions

        return questions.lineage(self, direction, depth=depth, siblings=siblings, until=until, types=types)

    def sources(self) -> QuerySet[Artifact]:
        """Give the files at the roots of its lineage, which no run made; see `pg.sources`."""
        from provgraph.registries import questions

        return questions.sources(self)  # type: ignore[no-any-return]

    def impact(self) -> Impact:
        """Give everything that was made from it, with the users to tell; see `pg.impact`."""
        from provgraph.registries import questions

        return questions.impact(self)

    def describe(self) -> Description:
        """Give all facts, what it is related to (inputs, outputs, runs), and the lineage for two runs around.

        A notebook shows it as tables, `print` as text. Raises `NotSavedError`.

        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> size = Path("a.txt").write_text("1")
        >>> text = str(pg.Artifact("a.txt", key="a.txt", run=run).save().describe())
        >>> "Artifact a.txt" in text, "Made by" in text, "made by step" in text
        (True, True, True)
        """
        from provgraph.registries.describing import describe

        return describe(self)

    def explain(self) -> Explanation:
        """Write how the record was made, step by step, as Markdown; see `pg.explain`."""
        from provgraph.registries import explaining

        return explaining.explain(self)

    def view_lineage(self, direction: str = "both", *, cap: int | None = CAP, **options: Any) -> Picture:
        """Give the lineage as a picture: inline in a notebook, a tree in a terminal, `.show()` in a browser.

        `.save("lineage.html")` writes the page. Of more than `cap` records it shows some folded as one until a person
        expands them; None folds nothing. The other arguments and the errors are those of `lineage`.
        """
        found = self.lineage(direction, **options)
        is_in_it = self.uid in found
        return found.view_lineage(None if is_in_it else f"Lineage of {self.label.lower()} {self.title()}", cap)

    def __dir__(self) -> list[str]:
        """Name the fields, the relations and the calls, for completion in IPython and Jupyter."""
        return _completed(super().__dir__())

    def __eq__(self, other: object) -> bool:
        """Say whether both are the same record."""
        return isinstance(other, Record) and self.uid == other.uid

    def __hash__(self) -> int:
        """Hash by uid."""
        return hash(self.uid)

    def __repr__(self) -> str:
        """Show the record on one line, without what is not known."""
        known = [
            (name, value.isoformat(" ", "seconds") if name.endswith("_at") else value)
            for name, value in self.as_dict().items()
            if value is not None and value is not False and value not in ("", []) and name not in UNSHOWN
        ]
        return f"{self.label}({', '.join(f'{name}={value!r}' for name, value in known[:SHOWN])})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from provgraph.views.tables import repr_html

        known = self.as_dict().items()
        facts = {name: value for name, value in known if value is not None and name not in frames.HIDDEN}
        return repr_html(f"{self.label} {self.title()}", facts | frames.belonging(self))

    @property
    def _itself(self) -> QuerySet[Self]:
        """The record as a query, wherever it is, hidden or deleted."""
        return QuerySet(type(self), lifted=ANYWHERE | {"kind", "deleted"}).filter(uid=self.uid)

    def _many(self, relation: str) -> QuerySet[Any]:
        """Give the records at the end of a relation, as a query over the relation that leads back."""
        return self._many_as(QuerySet, relation)

    def _many_as(self, kind: Callable[..., S], relation: str, *, hidden: bool = False) -> S:
        """Give them as a kind of query set that can do more, `hidden` ones too."""
        from provgraph import registries

        if not (self.is_saved or backend().is_off):
            self.must_be_saved()
        found = RELATIONS[self.label][relation]
        lifted = ANYWHERE if found.kind == "data" else ANYWHERE | {"kind"}
        lifted |= {"kind", "deleted"} if hidden else set()
        query = kind(getattr(registries, found.target), lifted=lifted)
        if self._apart is not None and relation in self._apart:
            return cast("S", query.holding(self._apart[relation]))
        narrowed = query.filter(**{found.back: self}) if self.is_saved else query.filter(uid__in=[])
        return cast("S", narrowed)

    def _one(self, relation: str) -> Any:
        """Give the one record at the end of a relation, None when there is none."""
        from provgraph import registries

        if not self.is_saved or self._apart is not None:
            return (self._apart or {}).get(relation)
        target = getattr(registries, RELATIONS[self.label][relation].target)
        names = [f"{relation}__{name}" for name in target.fields()]
        found = [
            column(self.label, name).read(cells[0]) if cells else None
            for name, cells in zip(names, self._itself._cells(names), strict=True)
        ]
        return None if found[0] is None else target.from_row(found)

    @classmethod
    def _by_uid(cls, uid: str, lookups: dict[str, Any]) -> Self:
        """Give the record with this uid, wherever it is, or the latest version of the only one whose uid begins so."""
        if len(uid) == len(uids.new(cls.label)):
            found = QuerySet(cls, lifted=ANYWHERE | {"kind"}).filter(uid=uid, **lookups).list()
        else:
            begun = cls.filter(uid__startswith=uid, **lookups).order_by("-uid")
            if len(uid) < uids.STEM_LENGTH[cls.label] and cls._means_latest(lookups):
                begun = begun.filter(is_latest=True)[: LISTED + 1]
            found = begun.list()
        if not found:
            raise NotFoundError(f"no {cls.label} has the uid {shown(uid)}", cls._otherwise(uid))
        if len({each.uid[: uids.STEM_LENGTH[cls.label]] for each in found}) > 1:
            raise several(found)
        latest: Self = found[0]
        return latest

    @classmethod
    def _meant(cls, lookups: dict[str, Any]) -> Self | None:
        """Give the one record that lookups mean, of several versions the latest, None when there is none."""
        found = cls.filter(**lookups)
        listed = (found.filter(is_latest=True) if cls._means_latest(lookups) else found)[: LISTED + 1].list()
        if len(listed) > 1:
            raise several(listed)
        return next(iter(listed), None)

    @classmethod
    def _means_latest(cls, lookups: dict[str, Any]) -> bool:
        """Say whether one of several versions is asked for, without saying which: then it is the latest."""
        return "is_latest" in cls.model_fields and not {"is_latest", "uid", "version"} & lookups.keys()

    @classmethod
    def _otherwise(cls, text: str = "...") -> str:
        """Say how to ask for what is known by another text than its uid."""
        names = [name for name in ("key", "handle", "name") if name in cls.model_fields]
        calls = " or ".join(f"{cls.label}.get({name}={shown(text)})" for name in names)
        by = f"By its {' or '.join(names)}: {calls}. " if names else ""
        return f"{by}Look at all: {cls.label}.filter().df()."

    @classmethod
    def _advice(cls, lookups: dict[str, Any]) -> str:
        for name in ("key", "name", "handle"):
            if isinstance(lookups.get(name), str):
                return near(lookups[name], {value for value in cls.filter().list(name) if value})
        return f"Look at what there is: {cls.label}.filter().df()."
