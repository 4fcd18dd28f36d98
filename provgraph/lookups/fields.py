"""What kind of values each field holds, read from the models, and which comparisons suit it."""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass
from typing import Any, Final, Literal, Union, get_args, get_origin

from provgraph.errors import UnknownFieldError, near
from provgraph.models import NODES, RELATIONS, params

Kind = Literal["text", "choice", "integer", "number", "truth", "time", "list", "json", "param"]

ORDERED: Final = frozenset({"gt", "gte", "lt", "lte", "range"})
EQUAL: Final = frozenset({"exact", "in", "isnull"})
TEXTUAL: Final = frozenset(
    {
        "iexact",
        "contains",
        "icontains",
        "startswith",
        "istartswith",
        "endswith",
        "iendswith",
        "regex",
        "iregex",
    }
)
COMPARISONS: Final[dict[Kind, frozenset[str]]] = {
    "text": EQUAL | ORDERED | TEXTUAL,
    "choice": EQUAL | TEXTUAL,
    "integer": EQUAL | ORDERED,
    "number": EQUAL | ORDERED,
    "truth": EQUAL,
    "time": EQUAL | ORDERED,
    "list": frozenset({"exact", "contains", "isnull"}),
    "json": frozenset({"exact", "contains", "icontains", "isnull"}),
    "param": EQUAL | ORDERED | {"contains", "startswith", "endswith", "regex", "iregex"},
}
WALKS: Final = {"upstream_of": "upstream", "downstream_of": "downstream"}
"""Lookups that walk along lineage, and in which direction."""
WALKED: Final = ("Artifact", "Run", "Transform")
"""The labels that have them."""
INTERNAL: Final = frozenset(
    {"kind", "placed", "location", "replaced", "pid_started", "environment_of", "report_of", "source_of"}
)
"""Fields that can be asked for but are not proposed to a person who mistyped one."""
RELATED: Final = frozenset({"exact", "in", "isnull"})
"""The comparisons of a relation with records."""


@dataclass(frozen=True)
class FieldKind:
    """A field as lookups see it: the node's property, the kind of its values, and the words it may hold."""

    property: str
    kind: Kind
    words: tuple[str, ...] = ()


@functools.cache
def fields_of(label: str) -> dict[str, FieldKind]:
    """Give the fields of a label that lookups may name: its properties, and `x_at` for each `x_us`."""
    found: dict[str, FieldKind] = {}
    for name, info in NODES[label].model_fields.items():
        found[name] = _field(name, info.annotation)
        if name.endswith("_us"):
            found[f"{name.removesuffix('_us')}_at"] = FieldKind(name, "time")
    return found


def field_of(label: str, name: str) -> FieldKind:
    """Give a field by its name; `UnknownFieldError` names the near ones.

    >>> field_of("Artifact", "created_at").property
    'created_us'
    """
    try:
        return fields_of(label)[name]
    except KeyError:
        raise unknown(label, name) from None


def param_of(field: FieldKind, name: str) -> FieldKind:
    """Give one parameter of a field that holds parameters; values within others are named with dots: `model.depth`.

    >>> param_of(field_of("Run", "params"), "rate").property
    'params.rate'
    """
    return FieldKind(params.property_of(field.property, name), "param")


def unknown(label: str, name: str) -> UnknownFieldError:
    """Make the error for a name that is neither a field nor a relation."""
    walks = WALKS if label in WALKED else ()
    known = [each for each in (*fields_of(label), *RELATIONS[label], *walks) if each not in INTERNAL]
    return UnknownFieldError(
        f"{label} has no field '{name}'", near(name, [each for each in known if not each.endswith("_us")])
    )


def _field(name: str, annotation: Any) -> FieldKind:
    if get_origin(annotation) in (types.UnionType, Union):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is Literal:
        return FieldKind(name, "choice", get_args(annotation))
    kinds: dict[Any, Kind] = {str: "text", int: "integer", float: "number", bool: "truth", list: "list", dict: "json"}
    return FieldKind(name, kinds[get_origin(annotation) or annotation])
