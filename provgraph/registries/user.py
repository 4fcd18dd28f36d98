"""Users: who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.models import UserNode
from provgraph.registries.record import Record

if TYPE_CHECKING:
    from provgraph.registries.artifact import Artifact
    from provgraph.registries.collection import Collection
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.run import Run
    from provgraph.registries.transform import Transform


class User(UserNode, Record):
    """Who did it: one for each handle, on every machine the same.

    >>> step = pg.Transform(name="align").save()
    >>> pg.User.get(handle="testuser1").transforms.list("name")
    ['align']
    """

    def __init__(self, handle: str, name: str | None = None) -> None:
        """Name a user; `save()` writes the node, or finds the one with this handle."""
        super().__init__(handle=handle, name=name)

    @property
    def transforms(self) -> QuerySet[Transform]:
        """The transforms they created."""
        return self._many("transforms")

    @property
    def runs(self) -> QuerySet[Run]:
        """The runs they started."""
        return self._many("runs")

    @property
    def artifacts(self) -> QuerySet[Artifact]:
        """The artifacts they saved first."""
        return self._many("artifacts")

    @property
    def collections(self) -> QuerySet[Collection]:
        """The collections they created."""
        return self._many("collections")
