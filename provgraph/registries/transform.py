"""Transforms: the code that makes files, in its versions."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.errors import InvalidValueError, NotFoundError, shown
from provgraph.models import TransformNode, TransformType, checked_type
from provgraph.registries.backend import backend
from provgraph.registries.lineage import ANYTHING
from provgraph.registries.queryset import QuerySet
from provgraph.registries.record import Record
from provgraph.storage.keys import check_key

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
        if name is None and key is None:
            raise InvalidValueError("a transform needs a name or a key", 'Give one: pg.Transform(name="Cell Ranger").')
        if key is not None:
            check_key(key.replace("\\", "_") if isinstance(key, str) else key)  # escapes of bytes that are no text
        type_ = checked_type(type)
        super().__init__(name=name, key=key, type=type_, version=version, reference=reference, description=description)

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
        found = self._many("predecessors")
        return Predecessors(**{each.name: getattr(found, each.name) for each in fields(found)}, of=self)

    @property
    def successors(self) -> QuerySet[Transform]:
        """The transforms that read something which this one made."""
        return self._many("successors")

    @property
    def ancestors(self) -> QuerySet[Transform]:
        """Its predecessors, theirs, and so on; never itself."""
        return self._closure("ancestors")

    @property
    def descendants(self) -> QuerySet[Transform]:
        """Its successors, theirs, and so on; never itself."""
        return self._closure("descendants")

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


@dataclass(frozen=True, repr=False)
class Predecessors(QuerySet[Transform]):
    """The direct predecessors of one transform. Runs make them by what they read; a person can name others."""

    of: Any = None
    """The transform that follows them."""

    def add(self, *transforms: Transform) -> None:
        """Name transforms as predecessors by hand: what no run could show, such as work in a laboratory.

        They count for `predecessors`, `successors`, `ancestors` and `descendants`; the lineage of files and runs stays
        what runs did. Naming one again changes nothing.

        Raises `InvalidValueError` for what is no transform and for the transform itself, `NotSavedError`, and
        `NotFoundError` when another process removed one; then nothing is written. Writes PREDECESSOR with `by` "hand".

        >>> sample, count = (pg.Transform(name=name).save() for name in ("Take a sample", "Count cells"))
        >>> count.predecessors.add(sample)
        >>> count.predecessors.list("name"), sample.successors.list("name")
        (['Take a sample'], ['Count cells'])
        """
        self._change(transforms, named=True)

    def remove(self, *transforms: Transform) -> None:
        """Take back what `add` named; one that was not named changes nothing.

        Raises what `add` raises, and `InvalidValueError` for one that follows from what runs read: that stays.

        >>> sample, count = (pg.Transform(name=name).save() for name in ("Take a sample", "Count cells"))
        >>> count.predecessors.add(sample)
        >>> count.predecessors.remove(sample)
        >>> count.predecessors.exists()
        False
        """
        self._change(transforms, named=False)

    def _change(self, transforms: tuple[Transform, ...], *, named: bool) -> None:
        for each in transforms:
            if not isinstance(each, Transform):
                raise InvalidValueError(
                    f"{shown(each)} is no transform", "Give saved transforms: pg.Transform.get(...)."
                )
            each.must_be_saved()
            if each == self.of:
                raise InvalidValueError(f"Transform '{each.title()}' cannot precede itself", "Name another one.")
        if transforms:
            backend().name_predecessors(self.of, transforms, named=named)
