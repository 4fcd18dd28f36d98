"""Every error a user of provgraph can meet, grouped by what to do about it.

* `UsageError`: mend the call.
* `NotFoundError`, `AmbiguousError`: ask for another record.
* `SetupError`: mend the instance, the login or the server's address.
* `StorageError`: mend the file, the disk or the permissions.
* `EngineError`: the graph did not answer; try again, or look at the engine.

An error carries one sentence that says what happened and with which value, and one that says what to do next:

>>> error = UsageError("the key 'a/../b' contains '..'", "Give a path below the storage root, such as 'b'.")
>>> print(error)
the key 'a/../b' contains '..'. Give a path below the storage root, such as 'b'.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final, Self

from provgraph.words import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable


LISTED: Final = 20
"""Names that an error lists at most."""
LONGEST: Final = 100
"""Characters of a value that an error shows."""
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal would obey; they come from names of files."""


def escaped(text: str) -> str:
    r"""Show what a terminal would obey as escapes.

    >>> print(escaped("a\x1b[31m.csv"))
    a\x1b[31m.csv
    """
    return CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


class ProvgraphError(Exception):
    """The root of all errors of provgraph: what happened, and what to do next."""

    def __init__(self, happened: str, advice: str) -> None:
        """Join the two sentences; both are kept, as `happened` and `advice`."""
        self.happened = escaped(happened).rstrip(".")
        self.advice = advice
        super().__init__(self._text())

    def _text(self) -> str:
        """Give both sentences; what was shown in several lines ends with one."""
        return f"{self.happened}\n{self.advice}" if "\n" in self.happened else f"{self.happened}. {self.advice}"

    def __str__(self) -> str:
        """Give the two sentences; `OSError` and `KeyError` would write them otherwise."""
        return self._text()

    def again(self) -> Self:
        """Give the same error without where it came from."""
        return type(self)(self.happened, self.advice)

    def __reduce__(self) -> tuple[type[ProvgraphError], tuple[str, str]]:
        """Let an error cross a process border."""
        return type(self), (self.happened, self.advice)


class UsageError(ProvgraphError):
    """The call is wrong: nothing was written, mend the arguments."""


class InvalidValueError(UsageError, ValueError):
    """An argument has a value that cannot be used (an unknown type, an empty name, a version that is taken)."""


class InvalidKeyError(InvalidValueError):
    """A key is empty, absolute, contains '..' or its suffix is not the file's."""


class UnknownFieldError(UsageError, AttributeError):
    """A lookup names a field, a relation or a comparison that the registry does not have."""


class NotSavedError(UsageError):
    """A relation was given a record that is not in the graph yet."""


class NotTrackingError(UsageError):
    """`finish()` was called before `track()`."""


class QueryError(UsageError):
    """A Cypher query is wrong: its syntax, a missing parameter, or a write where only reading is allowed."""


class NotFoundError(ProvgraphError, LookupError):
    """No record has this uid, key or lookup."""


class NoItemError(NotFoundError, IndexError, KeyError):
    """A query set has no record at this place, or a lookup none of this name."""


class AmbiguousError(ProvgraphError, LookupError):
    """Several records fit where one was asked for; the message lists them."""


class SetupError(ProvgraphError):
    """The instance, the login or the server's address is not usable as it is."""


class NoInstanceError(SetupError):
    """No instance is here, and what was called makes none, or none may be made in this folder."""


class DamagedInstanceError(SetupError):
    """`.provgraph/` is there but is a file, is damaged, or belongs to another user."""


class LoginError(SetupError):
    """Nobody is logged in under a name that names a person, or the server refused the password."""


class ReadOnlyAccountError(LoginError):
    """The server lets this account only read: questions are answered, and nothing can be recorded."""


class StorageError(ProvgraphError, OSError):
    """A file or folder cannot be read or written as asked."""

    def __init__(self, happened: str, advice: str) -> None:
        """Keep both sentences; `OSError` would take two arguments for an errno and its text."""
        ProvgraphError.__init__(self, happened, advice)


class MissingFileError(StorageError, FileNotFoundError):
    """The file is not there, or not on this host."""


class WrongFileTypeError(StorageError):
    """A folder where a file is meant, or a file where a folder is meant."""


class UnreadableFileError(StorageError, PermissionError):
    """The file may not be read by this user."""


class ReadOnlyStorageError(StorageError, PermissionError):
    """The storage folder may not be written by this user."""


class DiskFullError(StorageError):
    """The disk of the storage folder has not enough free space."""


class FileChangedError(StorageError):
    """A file changed while it was read, or is no longer what was saved."""


class DamagedBackupError(StorageError):
    """A backup is not what was written: cut short, changed, made by a newer provgraph, or no backup at all."""


class EngineError(ProvgraphError):
    """The graph did not do what was asked; the store is unharmed."""


class EngineUnavailableError(EngineError, ConnectionError):
    """No engine answers at the address, or it cannot be started."""


class CommitLostError(EngineUnavailableError):
    """The connection was lost during a commit, and nobody knows whether it was kept."""


class EngineBusyError(EngineError):
    """Another host or process owns the local engine's files."""


class DeadlineError(EngineError, TimeoutError):
    """The query took longer than its deadline."""


class ConflictError(EngineError):
    """Others kept writing to the same records; the write was given up after several tries."""


def shown(value: Any) -> str:
    """Give a value as an error shows it: on one line that is not long; of a record what a person knows it by.

    >>> shown("a" * 2000)[-4:], shown(3), shown([1, 2])
    ('a...', '3', '[1, 2]')
    """
    title = getattr(value, "title", None)
    if hasattr(value, "label") and callable(title) and not isinstance(value, type):
        return f"{value.label} '{title()}'"
    text = repr(value)
    if "\n" in text:
        return f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def check_flags(**flags: Any) -> None:
    """Raise `InvalidValueError` for the first value that is neither True nor False.

    >>> check_flags(force=True)
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise InvalidValueError(f"{name}={shown(value)} is neither True nor False", "Give one of them.")


def near(name: str, known: Iterable[str]) -> str:
    """Say which known names are near `name`, or list some of them when none is.

    >>> near("desciption", ["key", "description", "suffix"])
    "Did you mean 'description'?"
    >>> near("zzz", ["key", "suffix"])
    "It has 'key', 'suffix'."
    >>> near("zzz", map(str, range(100))).endswith(" and 80 more.")
    True
    >>> near("zzz", [])
    'There is none yet.'
    """
    names = sorted(set(known))
    if found := difflib.get_close_matches(name, names, n=3):
        return f"Did you mean {', '.join(map(repr, found))}?"
    return f"It has {first_of(list(map(repr, names)), LISTED)}." if names else "There is none yet."
