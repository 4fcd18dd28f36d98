"""Collections: named sets of artifacts in their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from provgraph.errors import InvalidValueError
from provgraph.models import CollectionNode
from provgraph.registries.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.registries.artifact import Artifact
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.user import User


class Collection(CollectionNode, Record):
    """A named set of artifacts.

    >>> size = Path("a.txt").write_text("1")
    >>> raw = pg.Collection([pg.Artifact("a.txt", key="a.txt").save()], name="raw").save()
    >>> raw.artifacts.list("key")
    ['a.txt']
    """

    _artifacts: list[Any] = PrivateAttr(default_factory=list)

    def __init__(
        self,
        artifacts: Artifact | Iterable[Artifact],
        name: str | None = None,
        *,
        key: str | None = None,
        description: str | None = None,
    ) -> None:
        """Name a set of saved artifacts; `InvalidValueError` for one without key and name."""
        if name is None and key is None:
            raise InvalidValueError("a collection needs a name or a key", 'Give one: pg.Collection(files, name="raw").')
        super().__init__(name=name, key=key, description=description)
        if not hasattr(artifacts, "uid") and not hasattr(artifacts, "__iter__"):
            raise InvalidValueError(f"{artifacts!r} are no artifacts", "Give a list of saved artifacts.")
        self._artifacts = list(artifacts) if not hasattr(artifacts, "uid") else [artifacts]
        wrong = next((each for each in self._artifacts if getattr(each, "label", None) != "Artifact"), None)
        if wrong is not None:
            raise InvalidValueError(f"{wrong!r} is no artifact", "Give saved artifacts: pg.Artifact.filter(...).")

    @property
    def artifacts(self) -> QuerySet[Artifact]:
        """Its members."""
        return self._many("artifacts")

    @property
    def created_by(self) -> User | None:
        """Who created it."""
        return self._one("created_by")  # type: ignore[no-any-return]
