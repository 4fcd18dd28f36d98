"""Lookups: a registry's records as attributes, for completion with the tab key."""

from __future__ import annotations

import functools
import keyword
import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from provgraph.errors import NoItemError, UnknownFieldError, near, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.registries.record import Record

R = TypeVar("R", bound="Record")


class Lookup(Generic[R]):
    """The records of a registry by one of their fields: `users = User.lookup(); users.testuser1`.

    Names are made into identifiers, and numbered where several names give the same one; of records with one name the
    last has it, of versions the latest. A record is fetched when it is asked for; with a field to return that field's
    value stands for it.
    """

    def __init__(self, registry: type[R], field: str, returned: str | None = None) -> None:
        """Fetch the names, with one query."""
        self._registry, self._returned = registry, returned
        versioned = ["is_latest"] if "is_latest" in registry.model_fields else []
        rows = [row for row in registry.filter().list(field, returned or "uid", *versioned) if row[0]]
        self._values = {str(name): value for name, value, *_ in rows}
        self._values |= {str(name): value for name, value, *is_latest in rows if any(is_latest)}

    @functools.cached_property
    def _names(self) -> dict[str, str]:
        return numbered(self._values)

    def __getattr__(self, name: str) -> Any:
        """Give the record with this name."""
        if "_values" in self.__dict__ and name in self._names:  # a copy has no names yet when it is asked for its own
            return self[self._names[name]]
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnknownFieldError(f"no {self._registry.label} is called '{name}'", near(name, self._names))

    def __getitem__(self, name: str) -> Any:
        """Give the record with exactly this value of the field; `NoItemError` (a `KeyError`) when there is none."""
        if name not in self._values:
            raise NoItemError(f"no {self._registry.label} is called {shown(name)}", near(str(name), self._values))
        value = self._values[name]
        return value if self._returned else self._registry.get(value)

    def __dir__(self) -> list[str]:
        """Complete the names."""
        return [*self._names]

    def __len__(self) -> int:
        """Count the names."""
        return len(self._names)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Lookup of {len(self)} {self._registry.label}s"

    def __call__(self) -> dict[str, Any]:
        """Give the uids, or the values of the field to return, by name."""
        return dict(self._values)


def numbered(values: Iterable[str]) -> dict[str, str]:
    """Give each name by an identifier of its own.

    >>> numbered(["my flow", "my-flow"])
    {'my_flow': 'my flow', 'my_flow_1': 'my-flow'}
    """
    found: dict[str, str] = {}
    for value in values:
        name = free = identifier(value)
        count = 0
        while free in found:
            count += 1
            free = f"{name}_{count}"
        found[free] = value
    return found


def identifier(value: str) -> str:
    """Make a name that Python takes.

    >>> identifier("Cell Ranger 7.2"), identifier("10x"), identifier("class")
    ('Cell_Ranger_7_2', '_10x', 'class_')
    """
    name = re.sub(r"\W+", "_", value).strip("_") or "_"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name
