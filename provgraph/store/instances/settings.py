"""Settings: typed, from `.provgraph/config.json`, the environment, or code; the later wins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from provgraph.errors import (
    DamagedInstanceError,
    InvalidValueError,
    NoInstanceError,
    UnknownFieldError,
    near,
)
from provgraph.store.instances.instance import can_be_storage, whole
from provgraph.store.messages import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Source = Literal["default", "instance", "environment", "code"]

PREFIX: Final = "PROVGRAPH_"
VARIABLE: Final = f"{PREFIX}STORAGE_ROOT"
ROOT: Final = "storage.root"
"""What `pg.init(storage=...)` chooses for the project, the environment and code for one process."""


class Values(BaseModel):
    """Every setting with its type and its default."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)

    mode: Literal["on", "off"] = Field(default="on", description="off: nothing is recorded")
    track_run_inputs: bool = Field(default=True, description="whether load, cache and open make INPUT_OF edges")
    deadline: float = Field(default=30.0, gt=0, description="seconds a query of pg.cypher may take")
    rows_max: int = Field(default=100_000, gt=0, le=1 << 60, description="rows that pg.cypher gives at most")
    ceiling: float = Field(default=300.0, gt=0, description="seconds any command of the local engine may take")
    when_unreachable: Literal["spool", "error"] = Field(
        default="spool", description="spool: what cannot be written to the graph is kept until it can"
    )
    in_batch_jobs: Literal["spool", "engine"] = Field(
        default="spool", description="engine: a job of a cluster starts the local engine as any process does"
    )
    idle: float = Field(default=900.0, gt=0, description="seconds without use after which the local engine stops")
    copy_max: int = Field(
        1_000_000_000, ge=0, description="bytes up to which a file outside the storage is copied into it"
    )

    backups: Literal["on", "off"] = Field(
        default="on", description="off: no backup is kept in the user's data folder when the local engine stops"
    )

    @field_validator("mode", "backups", mode="before")
    @classmethod
    def _in_lower_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


NAMES: Final = tuple(Values.model_fields)
OF_ENGINE: Final = frozenset({"idle", "ceiling"})
"""The settings that the local engine is started with."""


def no_setting(name: str, known: Iterable[str] = NAMES) -> UnknownFieldError:
    """Make the error for a setting that there is not; it names the near ones of those that are known."""
    return UnknownFieldError(f"there is no setting '{name}'", near(name, known))


class StorageSettings:
    """Where this process stores files: `pg.settings.storage.root = "data"` chooses another folder from now on."""

    def __init__(self, root: Path, choose: Callable[[Any], None]) -> None:
        """Take the folder, and what chooses another one."""
        self._root, self._choose = root, choose

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    @root.setter
    def root(self, folder: str | Path) -> None:
        self._choose(folder)

    def __repr__(self) -> str:
        """Show it."""
        return f"StorageSettings(root={self.root!r})"

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what there is."""
        if name not in {"root", "_root", "_choose"}:
            raise no_setting(f"storage.{name}", [ROOT])
        super().__setattr__(name, value)


class Settings:
    """The settings of one process: `pg.settings.deadline = 5` sets one, `where()` says where each value comes from.

    >>> settings = Settings({"deadline": 10}, {"PROVGRAPH_IDLE": "60"})
    >>> settings.deadline, settings.idle, settings.where()["idle"]
    (10.0, 60.0, 'environment')
    """

    unknown: tuple[str, ...]
    """Settings of the instance that this provgraph does not know; a newer one wrote them."""
    faults: dict[str, str]
    """Settings of the instance whose values do not fit, with what is wrong; they count for nothing."""

    def __init__(self, instance: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Take the instance's values, then the environment's; `InvalidValueError` for one that does not fit."""
        object.__setattr__(self, "_values", Values())
        object.__setattr__(self, "_sources", dict.fromkeys(NAMES, "default"))
        object.__setattr__(self, "unknown", ())
        object.__setattr__(self, "faults", {})
        object.__setattr__(self, "_told", set())
        object.__setattr__(self, "_roots", {})
        self.load(instance or {}, "instance")
        given = os.environ if environment is None else environment
        self.load(
            {name: given[PREFIX + name.upper()] for name in NAMES if given.get(PREFIX + name.upper())}, "environment"
        )
        if root := given.get(VARIABLE):
            self._choose(root, "environment")

    def load(self, values: Mapping[str, Any], source: Source) -> None:
        """Set several values that come from one source, unless a stronger source has set them."""
        order = ("default", "instance", "environment", "code")
        for name, value in values.items():
            if order.index(source) >= order.index(self._sources.get(name, "default")):
                self._set(name, value, source)

    def join(self, instance: Mapping[str, Any], storage: Path) -> None:
        """Take the values of an instance that is opened, and forget those of the one before.

        What cannot be taken is left: a setting that is not known here stands in `unknown`, a value that does not fit in
        `faults` with its reason. Who opens the instance tells them; what mends it is not stopped by them.
        """
        for name in [name for name, source in self._sources.items() if source == "instance"]:
            self._set(name, Values.model_fields[name].default, "default")
        unknown, faults = [], {}
        for name, value in instance.items():
            try:
                self.load({name: value}, "instance")
            except UnknownFieldError:
                unknown.append(name)
            except InvalidValueError as error:
                faults[name] = error.happened
        object.__setattr__(self, "unknown", tuple(unknown))
        object.__setattr__(self, "faults", faults)
        object.__setattr__(self, "_storage", storage)

    def tell(self, file: Path) -> None:
        """Say what of the instance in `file` is not used, and how to mend it."""
        self.tell_unknown(file)
        for fault in self.damages(file):
            warn(str(fault))

    def tell_unknown(self, file: Path) -> None:
        """Say once which settings of the instance in `file` are left alone, and how to be rid of them."""
        for name in self.unknown:
            if (file, name) not in self.__dict__["_told"]:
                self.__dict__["_told"].add((file, name))
                warn(
                    f"{file} has the setting '{name}', which this provgraph does not know; it is left alone "
                    f"(provgraph settings {name} --unset removes it)"
                )

    def damages(self, file: Path) -> list[DamagedInstanceError]:
        """Give an error for each setting of the instance in `file` whose value does not fit."""
        return [
            DamagedInstanceError(
                f"{file} cannot be used: {fault}",
                f"Keep another value, provgraph settings {name} VALUE, or none: provgraph settings {name} --unset.",
            )
            for name, fault in self.faults.items()
        ]

    @property
    def storage(self) -> StorageSettings:
        """Where files are stored, `settings.storage.root`: what code or the environment chose, else the instance's."""
        root: Path | None = self._chosen[0] if self._chosen else self.__dict__.get("_storage")
        if root is None:
            raise NoInstanceError("there is no instance, so there is no storage", "Call pg.init() or pg.track() first.")
        return StorageSettings(root, self._choose)

    @storage.setter
    def storage(self, folder: str | Path) -> None:
        self._choose(folder)

    def follow_project(self) -> None:
        """Store files where the project says again, when code had chosen another folder."""
        self.__dict__["_roots"].pop("code", None)

    def where(self) -> dict[str, Source]:
        """Say for each setting where its value comes from: default, instance, environment or code."""
        source: Source = self._chosen[1] if self._chosen else "instance"
        return {**self._sources, **dict.fromkeys(self._kept_elsewhere(), source)}

    def as_dict(self) -> dict[str, Any]:
        """Give all values, and of an instance where its files lie."""
        return {name: getattr(self, name) for name in NAMES} | self._kept_elsewhere()

    def _kept_elsewhere(self) -> dict[str, str]:
        """Give what is said of the storage."""
        is_known = self._chosen or "_storage" in self.__dict__
        return {ROOT: str(self.storage.root)} if is_known else {}

    @property
    def _chosen(self) -> tuple[Path, Source] | None:
        """The folder that code or the environment chose, and which of them."""
        roots: dict[Source, Path] = self.__dict__["_roots"]
        sources: tuple[Source, ...] = ("code", "environment")
        return next(((roots[source], source) for source in sources if source in roots), None)

    def _choose(self, root: Any, source: Source = "code") -> None:
        """Store files in another folder from now on; those that are stored stay where they are."""
        self.__dict__["_roots"][source] = can_be_storage(whole(root))

    def __getattr__(self, name: str) -> Any:
        """Give a setting's value."""
        if name == ROOT:
            return self.storage.root
        if name.startswith("_") or name not in NAMES:
            raise no_setting(name)
        return getattr(self._values, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a value for this process."""
        if name == "storage":
            super().__setattr__(name, value)
        else:
            self._set(name, value, "code")

    def __repr__(self) -> str:
        """Show each value, and where it comes from when that is not the default."""
        shown = (
            f"{name}={getattr(self, name)!r}" + (f" ({source})" if source != "default" else "")
            for name, source in self._sources.items()
        )
        return f"Settings({', '.join(shown)})"

    def __dir__(self) -> list[str]:
        """Complete the names of the settings."""
        return [*super().__dir__(), *NAMES]

    def _set(self, name: str, value: Any, source: Source) -> None:
        if name == ROOT and source == "code":
            self._choose(value)
            return
        if name in {"storage", ROOT}:
            raise _fixed(name, value)
        if name not in NAMES:
            raise no_setting(name)
        try:
            setattr(self._values, name, value)
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            where = f"{PREFIX}{name.upper()}" if source == "environment" else f"the setting {name}"
            raise InvalidValueError(f"{where} cannot be {value!r} ({reason})", "Give another value.") from None
        self._sources[name] = source


def _fixed(name: str, value: Any) -> InvalidValueError:
    return InvalidValueError(
        f"{name} cannot be set to {value!r} here", "Choose where files lie for the whole project: pg.init(storage=...)."
    )
