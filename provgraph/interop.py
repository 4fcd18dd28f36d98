"""Other libraries on the same store.

py2neo reached its end of life in 2023 (https://github.com/neo4j-contrib/py2neo); it is here for code that uses it. New
code is better served by `pg.cypher` and the official driver, which does what py2neo did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.errors import SetupError
from provgraph.store import current

if TYPE_CHECKING:
    import py2neo


def py2neo_graph() -> py2neo.Graph:
    """Give this project's graph as py2neo's `Graph`, on the local engine or a server.

    It may write, and nothing then keeps the rules of the graph: read with it. It does not wake an engine that has
    stopped meanwhile; ask for a new one. Raises `SetupError` when py2neo is not installed, `NoInstanceError` when there
    is no instance, and `EngineUnavailableError`.

    >>> saved = pg.Transform(name="align").save()
    >>> graph = pg.interop.py2neo_graph()
    >>> graph.nodes.match("Transform", name="align").first()["uid"] == saved.uid
    True
    >>> graph.service.connector.close()
    """
    try:
        import py2neo
    except ImportError as error:
        raise SetupError(
            "py2neo is not installed",
            "Install it: pip install 'provgraph[py2neo]'; new code rather uses pg.cypher or the neo4j driver.",
        ) from error
    address = current.existing().engine.address()
    writer = address.writer
    auth = (writer.username, writer.password) if writer is not None else None
    return py2neo.Graph(address.url, auth=auth, name=address.database)
