"""Marks for tests that need not run on each of the two engines."""

from __future__ import annotations

import pytest

on_local = pytest.mark.parametrize("setup", ["local"], indirect=True)
"""For what a process, a notebook or the shell does, whatever the engine is."""
in_local_world = pytest.mark.parametrize("world", ["local"], indirect=True)
"""The same for the tables of mistakes."""
