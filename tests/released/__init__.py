"""Stores made by each version of provgraph, which every later one opens."""
