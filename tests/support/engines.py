"""Marks for tests that need not run on each of the two engines."""

from __future__ import annotations

import pytest

on_local = pytest.mark.parametrize("setup", ["local"], indirect=True)
"""For what a process or a terminal does, whatever the engine is."""
