"""The six kinds of nodes and their fields, as pydantic models.

The names are those of LaminDB's registries. A field of these models is a property of the node with the same name; the
node has besides `slot` (its identity, see `slots`), `created_at` (a datetime beside `created_us`) and counters of the
graph.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from provgraph import uids
from provgraph.errors import InvalidValueError, NotSavedError, UnknownFieldError, near, shown
from provgraph.models import params
from provgraph.models.times import from_micros

TransformType = Literal["notebook", "pipeline", "script", "upload", "function"]
RunStatus = Literal["running", "completed", "errored", "abandoned"]
ArtifactKind = Literal["data", "environment", "report", "source"]
Placement = Literal["store", "root", "place"]

HANDLE: Final = r"^[^\s/\\:\x00-\x1f\x7f-\x9f]{1,100}$"
"""What a handle is made of."""
NOT_BLANK: Final = r"\S"
TEXT_LIMIT: Final = 1024
"""Characters of a key, a name or a handle; Neo4j's indexes hold a little more than this."""


def checked_type(type_: Any) -> TransformType:
    """Give a transform's type back; `InvalidValueError`, which names the near ones, when there is none such.

    >>> checked_type("notebook")
    'notebook'
    """
    if type_ not in get_args(TransformType):
        raise InvalidValueError(f"there is no transform type {type_!r}", near(str(type_), get_args(TransformType)))
    found: TransformType = type_
    return found


class Node(BaseModel):
    """A node of the graph: its `uid`, and when it was created.

    >>> UserNode(handle="testuser1").label
    'User'
    """

    model_config = ConfigDict(validate_assignment=True, extra="forbid", ser_json_inf_nan="constants")

    label: ClassVar[str]
    title_fields: ClassVar[tuple[str, ...]]
    """The fields by which a person knows a record, the best first."""
    mutable: ClassVar[frozenset[str]] = frozenset()
    """The fields that a second `save()` writes."""
    spaced: ClassVar[bool] = True
    """Whether the node belongs to one space; users and storages belong to all."""

    uid: str = ""
    created_us: int = Field(default=0, description="microseconds since the epoch, UTC")

    _saved: bool = PrivateAttr(default=False)
    _provisional: bool = PrivateAttr(default=False)
    _known: dict[str, Any] = PrivateAttr(default_factory=dict)
    """What the graph holds of the fields that can change, as far as this object knows."""

    def __init__(self, **values: Any) -> None:
        """Validate the values; `InvalidValueError` names each one that does not fit."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise invalid(type(self).label, error) from None
        if not self.uid:
            self.uid = uids.new(self.label)

    @field_validator("*")
    @classmethod
    def _must_be_text(cls, value: Any) -> Any:
        """Refuse halves of characters, which Python reads from bytes that are no text: no graph takes them."""
        if isinstance(value, str) and not params.is_text(value):
            raise PydanticCustomError("string_unicode", "it holds bytes that are no text")
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Validate a changed value as the constructor does; `InvalidValueError` for what is fixed once it is saved.

        `UnknownFieldError` for what is no field, and for what follows from the graph.
        """
        if not name.startswith("_") and name not in type(self).model_fields:
            raise self._no_field(name)
        if name in type(self).model_fields and name not in self.mutable and self._saved:
            raise InvalidValueError(
                f"the {name} of a saved {self.label} cannot be changed",
                f"{'Change ' + ', '.join(sorted(self.mutable)) if self.mutable else 'Nothing of it can be changed'}.",
            )
        try:
            super().__setattr__(name, value)
        except ValidationError as error:
            raise invalid(self.label, error) from None

    def _no_field(self, name: str) -> UnknownFieldError:
        if hasattr(type(self), name):
            return UnknownFieldError(
                f"the {name} of a {self.label} cannot be set", f"It is known by how the {self.label} was made and used."
            )
        return UnknownFieldError(f"{self.label} has no field '{name}'", near(name, type(self).model_fields))

    @property
    def created_at(self) -> Any:
        """When the record was first saved, as a datetime in UTC; None before."""
        return from_micros(self.created_us) if self.created_us else None

    @property
    def is_saved(self) -> bool:
        """Whether the record is in the graph, or kept for it, as far as this object knows."""
        return self._saved

    @property
    def is_provisional(self) -> bool:
        """Whether it waits in the spool: then the graph may come to hold it under another uid."""
        return self._provisional

    def must_be_saved(self) -> None:
        """Raise `NotSavedError` for a record that is not in the graph."""
        if not self._saved:
            raise NotSavedError(f"{self.label} '{self.title()}' is not saved", "Save it first: .save().")

    def must_be_savable(self) -> None:
        """Raise for what keeps the record from being saved, as far as it knows itself; nothing is asked or made."""

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Name the node's properties, in the order in which rows hold them."""
        return tuple(cls.model_fields)

    @classmethod
    def from_row(cls, row: list[Any]) -> Self:
        """Make a record from the values of its fields, as the graph gave them; they are trusted."""
        record = cls.model_construct(**dict(zip(cls.fields(), row, strict=True)))
        record.note_saved()
        return record  # type: ignore[return-value]  # pydantic's plugin loses Self

    def note_saved(self, *, provisional: bool = False) -> None:
        """Note that the graph holds what this record holds, or will once the spool is brought in."""
        known = self.facts()
        self._saved, self._provisional, self._known = True, provisional, {name: known[name] for name in self.mutable}

    def changes(self) -> dict[str, Any]:
        """Give what was changed since the graph was asked or told."""
        known = self.facts()
        return {name: known[name] for name in self.mutable if known[name] != self._known.get(name)}

    def facts(self) -> dict[str, Any]:
        """Give the properties to write, as values the driver takes."""
        return {name: getattr(self, name) for name in self.fields()}

    def title(self) -> str:
        """Give the value by which a person knows the record; its uid when it has no other."""
        return next((str(value) for name in self.title_fields if (value := getattr(self, name))), self.uid)


class UserNode(Node):
    """Who did it: one for each handle."""

    label: ClassVar[str] = "User"
    title_fields: ClassVar[tuple[str, ...]] = ("handle",)
    mutable: ClassVar[frozenset[str]] = frozenset({"name"})
    spaced: ClassVar[bool] = False

    handle: str = Field(pattern=HANDLE)
    name: str | None = None


class StorageNode(Node):
    """A folder on a host in which files lie."""

    label: ClassVar[str] = "Storage"
    title_fields: ClassVar[tuple[str, ...]] = ("root",)
    spaced: ClassVar[bool] = False

    root: str = Field(min_length=1)
    host: str | None = None
    type: str = "local"


class TransformNode(Node):
    """A piece of code (or an upload by hand) in one of its versions."""

    label: ClassVar[str] = "Transform"
    title_fields: ClassVar[tuple[str, ...]] = ("name", "key")
    mutable: ClassVar[frozenset[str]] = frozenset({"name", "description", "reference", "version"})

    space: str = ""
    key: str | None = Field(default=None, min_length=1, max_length=TEXT_LIMIT)
    name: str | None = Field(default=None, pattern=NOT_BLANK, max_length=TEXT_LIMIT)
    type: TransformType = "pipeline"
    version: str | None = None
    reference: str | None = None
    description: str | None = None
    hash: str | None = None
    is_latest: bool = True
    deleted: bool = False


class RunNode(Node):
    """One execution of a transform."""

    label: ClassVar[str] = "Run"
    title_fields: ClassVar[tuple[str, ...]] = ("name",)
    mutable: ClassVar[frozenset[str]] = frozenset({"name", "params"})

    space: str = ""
    name: str | None = None
    params: dict[str, Any] | None = None
    status: RunStatus = "running"
    started_us: int | None = None
    finished_us: int | None = None
    last_us: int | None = None
    error: str | None = None
    argv: list[str] | None = None
    cwd: str | None = None
    python: str | None = None
    host: str | None = None
    pid: int | None = None
    pid_started: float | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None
    git_branch: str | None = None
    git_remote: str | None = None
    deleted: bool = False

    @field_validator("params", mode="before")
    @classmethod
    def read_params(cls, value: Any) -> Any:
        """Read parameters that are JSON text."""
        return json.loads(value) if isinstance(value, str) else value

    @classmethod
    def from_row(cls, row: list[Any]) -> Self:
        """Make a run from a row; its parameters are JSON text in the graph."""
        place = cls.fields().index("params")
        return super().from_row([*row[:place], cls.read_params(row[place]), *row[place + 1 :]])

    def facts(self) -> dict[str, Any]:
        """Give the properties to write; parameters as JSON text, and each beside it as a property of its own."""
        text = params.as_text(self.params)
        return {**super().facts(), "params": text, **params.as_properties("params", text)}

    def changes(self) -> dict[str, Any]:
        """Give what was changed; the properties of parameters that are no longer there become null."""
        changed = super().changes()
        if "params" in changed:
            before = params.as_properties("params", self._known.get("params"))
            changed |= dict.fromkeys(before) | params.as_properties("params", changed["params"])
        return changed


class ArtifactNode(Node):
    """A file in one of its versions."""

    label: ClassVar[str] = "Artifact"
    title_fields: ClassVar[tuple[str, ...]] = ("key", "description")
    mutable: ClassVar[frozenset[str]] = frozenset({"description", "type", "version"})

    space: str = ""
    kind: ArtifactKind = "data"
    key: str | None = Field(default=None, max_length=TEXT_LIMIT)
    description: str | None = None
    type: str | None = None
    suffix: str = ""
    otype: str | None = None
    size: int | None = None
    hash: str | None = None
    hash_type: str | None = None
    n_observations: int | None = None
    version: str | None = None
    is_latest: bool = True
    location: str | None = None
    """Where the bytes are: relative to the storage's root, or absolute when registered in place."""
    placed: Placement = "store"
    replaced: bool = False
    deleted: bool = False


class CollectionNode(Node):
    """A named set of artifacts in one of its versions."""

    label: ClassVar[str] = "Collection"
    title_fields: ClassVar[tuple[str, ...]] = ("key", "name")
    mutable: ClassVar[frozenset[str]] = frozenset({"description", "version"})

    space: str = ""
    key: str | None = Field(default=None, min_length=1, max_length=TEXT_LIMIT)
    name: str | None = Field(default=None, pattern=NOT_BLANK, max_length=TEXT_LIMIT)
    description: str | None = None
    version: str | None = None
    hash: str | None = None
    is_latest: bool = True
    deleted: bool = False


NODES: Final[dict[str, type[Node]]] = {
    node.label: node for node in (UserNode, StorageNode, TransformNode, RunNode, ArtifactNode, CollectionNode)
}
LABELS: Final = tuple(NODES)


def invalid(label: str, error: ValidationError) -> InvalidValueError:
    """Say in our words which values of a record do not fit."""
    found = "; ".join(
        f"{'.'.join(map(str, each['loc']))}={shown(each['input'])}: {_why(each)}"
        for each in error.errors(include_url=False)
    )
    return InvalidValueError(f"{label} cannot be made from {found}", "Mend these values; nothing was written.")


def _why(fault: Any) -> str:
    """Say what is wrong with a value; pydantic's own words name patterns and types of code."""
    if fault["type"] == "string_pattern_mismatch":
        is_handle = fault["ctx"]["pattern"] == HANDLE
        return "a handle has up to 100 characters, without spaces, '/' and ':'" if is_handle else "it is blank"
    known = WHY.get(fault["type"])
    return known.format_map(fault.get("ctx", {})) if known else str(fault["msg"])


WHY: Final = {
    "string_type": "it is no text",
    "string_unicode": "it holds bytes that are no text",
    "string_too_long": "it has more than {max_length} characters",
    "string_too_short": "it is empty",
    "dict_type": "it is no dictionary",
    "value_error": "it is no JSON",
    "literal_error": "it is none of {expected}",
}
"""What is wrong with a value, by pydantic's name for it."""
