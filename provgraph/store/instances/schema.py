"""The schema of the graph, its version, and how an older one is brought up to date.

A migration is a numbered file in `cypher/migrations/`; the number of the last one applied stands in the graph itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph import statements, uids
from provgraph.errors import SetupError

if TYPE_CHECKING:
    from provgraph.engines.contract import Engine

NAME: Final = "provgraph"


def newest() -> int:
    """Give the version that this provgraph writes."""
    return max(number for number, _ in _migrations())


def version(engine: Engine) -> int:
    """Give the version of the schema in the database, 0 when there is none."""
    rows = engine.read(statements.load("schema/version"), name=NAME)
    return int(rows[0][0]) if rows else 0


def identity(engine: Engine) -> str:
    """Give what tells this graph from any other; it is given a random one when it is asked for the first time."""
    if (uid := known_identity(engine)) is None:
        chosen = uids.new("Graph")
        (uid,) = engine.write(lambda tx: tx.run(statements.load("schema/identify"), name=NAME, uid=chosen))[0]
    return str(uid)


def known_identity(engine: Engine) -> str | None:
    """Give what tells this graph from any other; None when it was never asked for."""
    rows = engine.read(statements.load("schema/identity"), name=NAME)
    return rows[0][0] if rows else None


def bring_up_to_date(engine: Engine, *, shared: bool = False, until: int | None = None) -> bool:
    """Apply the migrations that the database lacks, or those `until` a number; False when it had them all.

    Raises `SetupError` when a newer provgraph wrote the schema, and when a database without a schema holds somebody
    else's nodes, unless `shared`.
    """
    present = version(engine)
    if present == newest():
        return False
    if present > newest():
        raise SetupError(
            f"this store has schema {present} and this provgraph knows {newest()}", "Upgrade: pip install -U provgraph."
        )
    if present == 0 and not shared:
        _refuse_foreign(engine)
    for number, name in _migrations():
        if present < number <= (until or newest()):
            migrate(engine, number, name)
    return True


def migrate_again(engine: Engine, *, since: int) -> None:
    """Apply the migrations after a number, also those that the database has: older records came into it."""
    for number, name in _migrations():
        if number > since:
            migrate(engine, number, name)


def migrate(engine: Engine, number: int, name: str) -> None:
    """Apply one migration: its schema statements, then its others in one transaction with the new version."""
    script = statements.script(name)
    schema = [each for each in script if each.mode == "schema"]
    if schema:
        engine.write(lambda transaction: [transaction.run(each) for each in schema])

    def rest(transaction: object) -> None:
        for each in script:
            if each.mode != "schema":
                transaction.run(each)  # type: ignore[attr-defined]
        transaction.run(statements.load("schema/set_version"), name=NAME, version=number)  # type: ignore[attr-defined]

    engine.write(rest)


def _migrations() -> list[tuple[int, str]]:
    return [(int(name.rsplit("/", 1)[-1][:4]), name) for name in statements.names("migrations")]


def _refuse_foreign(engine: Engine) -> None:
    rows = engine.read(statements.load("schema/foreign"))
    if rows:
        raise SetupError(
            f"the database holds nodes that are not provgraph's ({':'.join(rows[0][0]) or 'without a label'})",
            "Choose another database (NEO4J_DATABASE), or allow it: provgraph init --url URL --shared.",
        )
