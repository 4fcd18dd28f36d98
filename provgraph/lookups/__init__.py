"""Filters: what a person asks for, read against the models, and written as Cypher. The one place that generates Cypher.

>>> from provgraph.lookups import Q
>>> Q(key="a.csv") | ~Q(size__gt=10)
(Q(key='a.csv') | ~Q(size__gt=10))
"""

from provgraph.lookups.columns import Column, column, position, rank
from provgraph.lookups.compile import Order, Query, Selection, compile_count, compile_rows
from provgraph.lookups.conditions import UidSource
from provgraph.lookups.fields import WALKED, WALKS
from provgraph.lookups.parse import parse, parse_order
from provgraph.lookups.q import Q

__all__ = [
    "WALKED",
    "WALKS",
    "Column",
    "Order",
    "Q",
    "Query",
    "Selection",
    "UidSource",
    "column",
    "compile_count",
    "compile_rows",
    "parse",
    "parse_order",
    "position",
    "rank",
]
