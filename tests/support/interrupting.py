"""Ctrl-C at a chosen place: wherever Python would let a signal's handler run, an interruption can be raised."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import provgraph

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PACKAGE = str(Path(provgraph.__file__).parent)


def interrupted(work: Callable[[], object], at: int, within: str = "") -> bool:
    """Do `work` and interrupt it at a place, counted from 1; False when it ended before.

    Python looks for signals when a function begins and when one written in C has returned; counted are the places in
    modules of ours whose paths begin with `within`.
    """
    places, begins = itertools.count(1), f"{PACKAGE}/{within}"

    def look(frame: FrameType, event: str, argument: Any) -> None:
        del argument
        is_place = event in {"call", "c_return"} and frame.f_code.co_filename.startswith(begins)
        if is_place and next(places) == at:
            raise KeyboardInterrupt

    before = sys.getprofile()
    try:
        sys.setprofile(look)
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return False
