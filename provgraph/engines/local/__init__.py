"""The local engine: ArcadeDB, a process of its own beside a project's folder, shared by all who work there.

It starts by itself, outlives who started it, stops when idle, and never has two owners: who holds the lock on
`.provgraph/server.lock` owns the store.
"""

from provgraph.engines.local.client import LocalEngine

__all__ = ["LocalEngine"]
