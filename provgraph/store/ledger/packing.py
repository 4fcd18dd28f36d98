"""Intents as JSON and back: dataclasses, records, paths, lists, and plain values.

What is no plain value is a map with one more name, `is`: a dataclass of `PACKED`, a record, or a path.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeGuard

from provgraph.models import NODES, Node, RunNode
from provgraph.storage.hashing import FileFacts
from provgraph.store.files import Placed
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import Begin, End, Intent, Keepable, Read, Save, Use
from provgraph.store.saving.preceding import Precede

INTENTS: Final = (Begin, End, Precede, Read, Save, Use)
"""What can be kept until the graph is reached; a deletion cannot."""
PACKED: Final[dict[str, type[Any]]] = {each.__name__: each for each in (*INTENTS, Item, Placed, FileFacts)}


def pack(value: Any) -> Any:
    """Give a value that JSON can hold.

    >>> unpack(pack(Read("X1GYNq9tC3hvEnLsT0p2", NODES["Artifact"](key="a.csv")))).artifact.key
    'a.csv'
    """
    if isinstance(value, Node):
        facts = {name: pack(each) for name, each in value.facts().items() if name in value.fields()}
        return {"is": value.label, "facts": facts, "saved": value.is_saved, "provisional": value.is_provisional}
    if isinstance(value, Path):
        return {"is": "Path", "path": str(value)}
    if isinstance(value, list | tuple):
        return [pack(each) for each in value]
    name = type(value).__name__
    if PACKED.get(name) is type(value):
        packed = {"is": name, **{each.name: pack(getattr(value, each.name)) for each in fields(value)}}
        if isinstance(value, Item):
            packed["record"]["facts"]["key"] = value.key
        return packed
    if isinstance(value, dict):
        return {"is": "dict", "items": [[key, pack(each)] for key, each in value.items()]}
    return value


def unpack(packed: Any) -> Any:
    """Give back what `pack` was given, records as nodes without their files in memory."""
    if isinstance(packed, list):
        return [unpack(each) for each in packed]
    if not isinstance(packed, dict):
        return packed
    match packed["is"]:
        case "Path":
            return Path(packed["path"])
        case "dict":
            return {key: unpack(each) for key, each in packed["items"]}
        case label if label in NODES:
            return _record(label, packed)
        case name:
            return PACKED[name](**{key: unpack(each) for key, each in packed.items() if key != "is"})


def _record(label: str, packed: dict[str, Any]) -> Node:
    """Make a record; a field that this version does not know any more is left out."""
    node = NODES[label]
    facts = {name: unpack(each) for name, each in packed["facts"].items() if name in node.fields()}
    if node is RunNode:
        facts["params"] = RunNode.read_params(facts.get("params"))
    record = node.model_construct(**facts)
    if packed["saved"]:
        record.note_saved(provisional=packed["provisional"])
    return record


def can_be_kept(intent: Intent) -> TypeGuard[Keepable]:
    """Say whether an intent can wait until the graph is reached."""
    return isinstance(intent, INTENTS)
