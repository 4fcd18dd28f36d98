"""Transforms: the code that makes files, in its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph import statements
from provgraph.errors import InvalidValueError, NotFoundError, UnknownFieldError, shown
from provgraph.models import TransformNode, TransformType, checked_type
from provgraph.registries.backend import backend
from provgraph.registries.lineage import ANYTHING
from provgraph.registries.queryset import QuerySet
from provgraph.registries.record import Record
from provgraph.storage.keys import check_named

if TYPE_CHECKING:
    from provgraph.registries.artifact import Artifact
    from provgraph.registries.run import Run
    from provgraph.registries.user import User


class Transform(TransformNode, Record):
    """A notebook, pipeline, script, upload by hand or function, in one of its versions.

    >>> first = pg.Transform(name="Cell Ranger", version="7.1.0", type="pipeline").save()
    >>> second = pg.Transform(name="Cell Ranger", version="7.2.0", type="pipeline").save()
    >>> second.uid[-4:], pg.Transform.get(name="Cell Ranger") == second
    ('0001', True)
    """

    def __init__(  # noqa: PLR0913 - LaminDB's signature
        self,
        name: str | None = None,
        *,
        key: str | None = None,
        type: TransformType = "pipeline",  # noqa: A002 - LaminDB's word
        version: str | None = None,
        reference: str | None = None,
        description: str | None = None,
    ) -> None:
        """Name a transform; one with this key (or name) and version that is there already is found by `save()`.

        Raises `InvalidValueError` for one without key and name, a blank name, and an unknown type, `InvalidKeyError`
        for a key that is empty, absolute, leads upwards or has control characters.
        """
        _check_named(name, key)
        type_ = checked_type(type)
        super().__init__(name=name, key=key, type=type_, version=version, reference=reference, description=description)

    def must_be_savable(self) -> None:
        """Raise what the constructor raises, for a name or a key that was set since."""
        _check_named(self.name, self.key)

    @property
    def created_by(self) -> User | None:
        """Who created it."""
        return self._one("created_by")  # type: ignore[no-any-return]

    @property
    def runs(self) -> QuerySet[Run]:
        """Its runs."""
        return self._many("runs")

    @property
    def latest_run(self) -> Run | None:
        """Its run that was started last."""
        return self.runs.last()

    @property
    def outputs(self) -> QuerySet[Artifact]:
        """What its runs made."""
        return self._many("outputs")

    @property
    def predecessors(self) -> Predecessors:
        """The transforms that made something which this one read, and those that a person named."""
        found = self._many_as(Predecessors, "predecessors")
        found.__dict__["_of"] = self
        return found

    @property
    def successors(self) -> QuerySet[Transform]:
        """The transforms that read something which this one made, or of which a person named it a predecessor."""
        return self._many("successors")

    @property
    def ancestors(self) -> QuerySet[Transform]:
        """Its predecessors, theirs, and so on; never itself."""
        return self._closure("ancestors")

    @property
    def descendants(self) -> QuerySet[Transform]:
        """Its successors, theirs, and so on; never itself."""
        return self._closure("descendants")

    def _no_field(self, name: str) -> UnknownFieldError:
        if name != "predecessors":
            return super()._no_field(name)
        return UnknownFieldError(
            "the predecessors of a Transform cannot be set",
            "It is known by how the Transform was made and used; name others by hand: .predecessors.add(...).",
        )

    def _closure(self, name: str) -> QuerySet[Transform]:
        self.must_be_saved()
        rows = backend().fetch(statements.load(f"transforms/{name}").text, {"uid": self.uid})
        uids = rows[0][0] if rows else []
        if not (uids or self.is_provisional or self._itself.exists()):
            raise NotFoundError(
                f"Transform '{self.title()}' is not in this graph",
                "Another process removed it, or it belongs to another instance: pg.info() says which one this is.",
            )
        return QuerySet(Transform, lifted=ANYTHING).filter(uid__in=uids)


class Predecessors(QuerySet[Transform]):
    """The direct predecessors of one transform. Runs make them by what they read; a person can name others."""

    def add(self, *transforms: Transform) -> None:
        """Name transforms as predecessors by hand: what no run could show, such as work in a laboratory.

        They count for `predecessors`, `successors`, `ancestors` and `descendants`; the lineage of files and runs stays
        what runs did. It is said of these versions: a later version of the code has predecessors of its own. Naming one
        again changes nothing.

        Raises `InvalidValueError` for what is no transform, a deleted one, the transform itself, and where these are
        only some predecessors, or those of several; `NotSavedError`; and `NotFoundError` when another process removed
        one. Then nothing is written. Writes PREDECESSOR with `by` "hand"; while the graph is away it waits.

        >>> sample, count = (pg.Transform(name=name).save() for name in ("Take a sample", "Count cells"))
        >>> count.predecessors.add(sample)
        >>> count.predecessors.list("name"), sample.successors.list("name")
        (['Take a sample'], ['Count cells'])
        """
        self._change(transforms, names=True)

    def remove(self, *transforms: Transform) -> None:
        """Take back what `add` named; one that was not named changes nothing.

        Raises what `add` raises, and `InvalidValueError` for one that only runs make: that stays.

        >>> sample, count = (pg.Transform(name=name).save() for name in ("Take a sample", "Count cells"))
        >>> count.predecessors.add(sample)
        >>> count.predecessors.remove(sample)
        >>> count.predecessors.exists()
        False
        """
        self._change(transforms, names=False)

    def _change(self, transforms: tuple[Transform, ...], *, names: bool) -> None:
        of = self.__dict__.get("_of")
        if of is None:
            raise InvalidValueError(
                "these are not all predecessors of one transform", "Ask anew: transform.predecessors.add(...)."
            )
        of.must_be_saved()
        for each in transforms:
            if not isinstance(each, Transform):
                raise InvalidValueError(
                    f"{shown(each)} is no transform",
                    "Give saved ones, each by itself: .add(one, other), .add(*several).",
                )
            each.must_be_saved()
            if each == of:
                raise InvalidValueError(f"Transform '{each.title()}' cannot precede itself", "Name another one.")
            if names and each.deleted:
                raise InvalidValueError(f"Transform '{each.title()}' is deleted", "Save it again to bring it back.")
        if transforms:
            backend().name_predecessors(of, transforms, names=names)
            self.__dict__.pop("_records", None)


def _check_named(name: str | None, key: str | None) -> None:
    plain = key.replace("\\", "_") if isinstance(key, str) else key  # escapes of bytes that are no text
    check_named("transform", name, plain, 'pg.Transform(name="Cell Ranger")')
