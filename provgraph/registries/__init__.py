"""The registries: records that query and save themselves."""

from provgraph.registries.artifact import Artifact
from provgraph.registries.collection import Collection
from provgraph.registries.lookup import Lookup
from provgraph.registries.queryset import QuerySet
from provgraph.registries.recent import view
from provgraph.registries.record import Record
from provgraph.registries.run import Run
from provgraph.registries.storage import Storage
from provgraph.registries.transform import Transform
from provgraph.registries.user import User

__all__ = [
    "Artifact",
    "Collection",
    "Lookup",
    "QuerySet",
    "Record",
    "Run",
    "Storage",
    "Transform",
    "User",
    "view",
]
