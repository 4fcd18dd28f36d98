"""provgraph: a provenance store on a graph database.

>>> import provgraph as pg
>>> pg.__version__
'0.1.0'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from provgraph import exits
from provgraph.version import __version__ as __version__

if TYPE_CHECKING:
    from provgraph.lookups import Q
    from provgraph.registries import Artifact, Collection, Run, Storage, Transform, User, view
    from provgraph.registries.explaining import explain
    from provgraph.registries.questions import (
        common_ancestors,
        contributors,
        impact,
        lineage,
        makers,
        path_between,
        sources,
    )
    from provgraph.store.backups.restoring import restore
    from provgraph.store.backups.writing import backup
    from provgraph.store.cypher import cypher
    from provgraph.store.instances.settings import Settings
    from provgraph.store.integrity.checking import check
    from provgraph.store.integrity.collecting import gc
    from provgraph.store.integrity.verifying import verify
    from provgraph.store.operations import add, delete, info, save, stop, sync
    from provgraph.store.setup import connect, init, login, logout
    from provgraph.tracking.context import Context
    from provgraph.tracking.ending import finish
    from provgraph.tracking.track import track
    from provgraph.tracking.use import use

    context: Context
    settings: Settings

exits.watch()

_HOMES = {
    "Artifact": "registries",
    "Collection": "registries",
    "Run": "registries",
    "Storage": "registries",
    "Transform": "registries",
    "User": "registries",
    "view": "registries",
    "Q": "lookups",
    "add": "store.operations",
    "backup": "store.backups.writing",
    "check": "store.integrity.checking",
    "common_ancestors": "registries.questions",
    "connect": "store.setup",
    "contributors": "registries.questions",
    "context": "tracking.context",
    "cypher": "store.cypher",
    "delete": "store.operations",
    "explain": "registries.explaining",
    "finish": "tracking.ending",
    "gc": "store.integrity.collecting",
    "impact": "registries.questions",
    "info": "store.operations",
    "init": "store.setup",
    "lineage": "registries.questions",
    "login": "store.setup",
    "logout": "store.setup",
    "makers": "registries.questions",
    "path_between": "registries.questions",
    "restore": "store.backups.restoring",
    "save": "store.operations",
    "sources": "registries.questions",
    "stop": "store.operations",
    "sync": "store.operations",
    "track": "tracking.track",
    "use": "tracking.use",
    "verify": "store.integrity.verifying",
}
"""Where each public name lives, below this package; it is imported when first asked for."""

__all__ = [
    "Artifact", "Collection", "Q", "Run", "Storage", "Transform", "User", "add", "backup", "check",
    "common_ancestors", "connect", "context", "contributors", "cypher", "delete", "errors", "explain", "finish",
    "gc", "impact", "info", "init", "interop", "lineage", "login", "logout", "makers", "path_between", "restore",
    "save", "settings", "sources", "stop", "sync", "track", "use", "verify", "view",
]  # fmt: skip


MODULES = ("errors", "interop")


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing provgraph stays quick."""
    if name in MODULES:
        return importlib.import_module(f"provgraph.{name}")
    if name == "settings":
        return importlib.import_module("provgraph.store.current").settings()
    if name not in _HOMES:
        raise _unknown(name)
    importlib.import_module("provgraph.tracking.ending")
    value = getattr(importlib.import_module(f"provgraph.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def _unknown(name: str) -> AttributeError:
    if name.startswith("_"):
        return AttributeError(f"module 'provgraph' has no attribute '{name}'")
    from provgraph.errors import UnknownFieldError, near

    return UnknownFieldError(f"provgraph has no '{name}'", near(name, __all__))


def load_ipython_extension(ipython: Any) -> None:
    """Give a notebook `%cypher` and `%%cypher`: `%load_ext provgraph`."""
    from provgraph.cli.magics import CypherMagics

    ipython.register_magics(CypherMagics)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
