"""What is kept of a run, without the secrets in it; what was left out is said once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provgraph.models import params
from provgraph.probes import secrets
from provgraph.store.messages import warn

if TYPE_CHECKING:
    from provgraph.store.store import Store

_told: set[str] = set()


def text(store: Store, given: str, where: str) -> str:
    """Give a text to be kept; `where` names it to the person."""
    kept = secrets.redacted(given, secrets.here(store.root))
    _tell(kept.count(secrets.MARK) - given.count(secrets.MARK), where)
    return kept


def data(store: Store, given: bytes, where: str) -> bytes:
    """Give the bytes of a text to be kept; what is no text has no secrets that could be known."""
    try:
        return text(store, given.decode(), where).encode()
    except UnicodeDecodeError:
        return given


def notebook(store: Store, given: bytes, where: str) -> bytes:
    """Give the bytes of a notebook to be kept: each text in it by itself, lines that belong together as one."""
    kept = json.dumps(secrets.redacted_value("", _joined(json.loads(given)), secrets.here(store.root)), indent=1)
    _tell(kept.count(secrets.MARK) - given.decode().count(secrets.MARK), where)
    return kept.encode()


def _joined(value: Any) -> Any:
    """Give a notebook whose texts in lists of lines are texts, as its format also has them."""
    if isinstance(value, dict):
        return {name: _joined(each) for name, each in value.items()}
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        is_text = all(each.endswith("\n") for each in value[:-1])
        return "".join(value) if is_text else value
    return [_joined(each) for each in value] if isinstance(value, list) else value


def parameters(store: Store, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give parameters as they are kept, as values of JSON; `InvalidValueError` for what cannot be written so."""
    written = params.as_text(given)
    if written is None:
        return None
    kept: dict[str, Any] = secrets.redacted_value("", json.loads(written), secrets.here(store.root))
    _tell(str(kept).count(secrets.MARK) - written.count(secrets.MARK), "the parameters")
    return kept


def arguments(store: Store, given: list[str]) -> list[str]:
    """Give the arguments of the command to be kept."""
    kept = secrets.redacted_arguments(given, secrets.here(store.root))
    _tell(sum(one != other for one, other in zip(given, kept, strict=True)), "the command's arguments")
    return kept


def _tell(count: int, where: str) -> None:
    if count > 0 and where not in _told:
        _told.add(where)
        warn(f"{where}: {count} {'secret is' if count == 1 else 'secrets are'} kept as {secrets.MARK}")
