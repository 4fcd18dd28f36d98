"""Runs: executions of transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from provgraph.errors import InvalidValueError, NotSavedError, shown
from provgraph.models import RunNode, from_micros
from provgraph.registries.record import Record
from provgraph.registries.transform import Transform  # noqa: TC001 - pydantic reads the annotation

if TYPE_CHECKING:
    from datetime import datetime

    from provgraph.registries.artifact import Artifact
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.user import User


class Run(RunNode, Record):
    """One execution of a transform. Made by hand, it is open until its process ends.

    >>> run = pg.Run(pg.Transform(name="Cell Ranger", version="7.2.0").save(), params={"cells": 3000}).save()
    >>> run.status, run.params, run.transform.name
    ('running', {'cells': 3000}, 'Cell Ranger')
    >>> size = Path("matrix.txt").write_text("1")
    >>> artifact = pg.Artifact("matrix.txt", key="matrix.txt", run=run).save()
    >>> run.outputs.list("key")
    ['matrix.txt']
    >>> pg.Run.filter(params__cells__gte=1000).one() == run
    True
    """

    _transform: Transform | None = PrivateAttr(default=None)

    def __init__(self, transform: Transform, name: str | None = None, params: dict[str, Any] | None = None) -> None:
        """Name a run of a saved transform; `NotSavedError` when it is not saved."""
        if getattr(transform, "label", None) != "Transform":
            raise InvalidValueError(f"{shown(transform)} is no transform", "Give a saved pg.Transform.")
        if not transform.is_saved:
            raise NotSavedError(f"the transform '{transform.title()}' is not saved", "Save it: transform.save().")
        super().__init__(name=name, params=params)
        self._transform = transform

    @classmethod
    def of(cls, transform: Transform, name: str | None, params: dict[str, Any] | None) -> Run:
        """Make a run of a transform that is saved in the same transaction."""
        run = cls.model_construct()
        RunNode.__init__(run, name=name, params=params)
        run._transform = transform
        return run

    @property
    def transform(self) -> Transform | None:
        """The code that ran."""
        if self._transform is None:
            self._transform = self._one("transform")
        return self._transform

    @property
    def created_by(self) -> User | None:
        """Who started it."""
        return self._one("created_by")  # type: ignore[no-any-return]

    @property
    def started_at(self) -> datetime | None:
        """When it began, in UTC."""
        return from_micros(self.started_us) if self.started_us else None

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, in UTC; None while it is on."""
        return from_micros(self.finished_us) if self.finished_us else None

    @property
    def last_at(self) -> datetime | None:
        """When it last did something that is kept, in UTC."""
        return from_micros(self.last_us) if self.last_us else None

    @property
    def inputs(self) -> QuerySet[Artifact]:
        """What it read."""
        return self._many("inputs")

    @property
    def outputs(self) -> QuerySet[Artifact]:
        """What it made."""
        return self._many("outputs")

    @property
    def environment(self) -> Artifact | None:
        """The list of packages that were installed when it ended."""
        return self._one("environment")  # type: ignore[no-any-return]

    @property
    def report(self) -> Artifact | None:
        """The cells that a notebook really executed, in their order."""
        return self._one("report")  # type: ignore[no-any-return]

    @property
    def source_files(self) -> QuerySet[Artifact]:
        """The code that was kept of it: its script or notebook, and the modules of the project that it imported."""
        return self._many("source")

    @property
    def predecessors(self) -> QuerySet[Run]:
        """The runs that had made something which this one read."""
        return self._many("predecessors")

    @property
    def successors(self) -> QuerySet[Run]:
        """The runs that read something which this one had made."""
        return self._many("successors")

    @property
    def ancestors(self) -> QuerySet[Run]:
        """The runs of its exact lineage upstream; never itself."""
        return self.lineage("upstream", siblings=False).runs.exclude(uid=self.uid)

    @property
    def descendants(self) -> QuerySet[Run]:
        """The runs of its exact lineage downstream; never itself."""
        return self.lineage("downstream", siblings=False).runs.exclude(uid=self.uid)
