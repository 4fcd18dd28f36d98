"""Keep a backup of the engine of a folder: `python -m provgraph.store.backups.keeper FOLDER`, which is `.provgraph/`.

The local engine's process starts it when it is idle; what it prints goes into the engine's log.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from provgraph.engines.driver import give_nothing_of_theirs
from provgraph.errors import ProvgraphError
from provgraph.models import iso, now_us
from provgraph.store.backups import automatic
from provgraph.store.instances import instance

NICE: Final = 10
"""How much it gives way to what a person runs."""


def main(folder: str) -> int:
    """Keep a backup; 1 when that could not be, with the reason on one line."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICE)
    give_nothing_of_theirs()
    try:
        trouble = automatic.keep_before_stop(instance.read(Path(folder).parent))
    except ProvgraphError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - a log holds no stack
        trouble = f"{type(error).__name__}: {error}"
    if trouble is not None:
        sys.stderr.write(f"{iso(now_us())} no backup was kept: {trouble}\n")
    return int(trouble is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
