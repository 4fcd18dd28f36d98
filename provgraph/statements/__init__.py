"""Every fixed Cypher statement, loaded from the `.cypher` files in `cypher/`.

A file begins with comments that give its `mode` (read, write or schema), what it returns, and its parameters; the
rest is one statement. The idea of queries as files with names is that of aiosql.

>>> load("runs/start").mode
'write'
"""

from provgraph.statements.files import Mode, Statement, bounded, load, names, parse, script, tokens, typed

__all__ = ["Mode", "Statement", "bounded", "load", "names", "parse", "script", "tokens", "typed"]
