"""Storages: the folders in which files lie."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from provgraph.models import StorageNode
from provgraph.registries.record import Record
from provgraph.storage.keys import given_path

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.registries.artifact import Artifact
    from provgraph.registries.queryset import QuerySet


class Storage(StorageNode, Record):
    """A folder on a host in which files lie."""

    def __init__(self, root: str | Path, host: str | None = None) -> None:
        """Name a folder, by default of this host."""
        super().__init__(root=str(given_path(root, "folder")), host=host or socket.gethostname())

    @property
    def artifacts(self) -> QuerySet[Artifact]:
        """The artifacts whose files lie there."""
        return self._many("artifacts")
