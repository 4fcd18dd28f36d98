"""Bytes: hashes, keys, and the content-addressed copies. Plain functions and small classes that know no graph."""
