"""The context: the run that is on in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.errors import UnknownFieldError
from provgraph.store import current

if TYPE_CHECKING:
    from provgraph.registries import Run, Transform


class Context:
    """What is tracked now: `pg.context.run`, `pg.context.transform`; None while nothing is."""

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        if current.is_off():
            return current.OFF.run
        store = current.if_open()
        return store.run if store is not None else None

    @property
    def transform(self) -> Transform | None:
        """The transform of the run that is on."""
        run = self.run
        return run.transform if run is not None else None

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: what is tracked is begun and ended by calls."""
        raise UnknownFieldError(f"the context's {name} cannot be set", "Call pg.track(), and pg.finish() at its end.")

    def __repr__(self) -> str:
        """Say what is tracked."""
        return f"Context(run={self.run!r})"


context = Context()
"""The context of this process."""
