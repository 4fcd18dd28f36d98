"""Uids: random base62 words made by the client, so that a record has its name before the graph knows it.

Lengths as in LaminDB: an artifact has 16 characters and 4 for its version, a transform 12 and 4, a run 20.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from typing import Final

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
"""The 62 characters of a uid, in the order in which versions count."""

STEM_LENGTH: Final = {
    "User": 8,
    "Storage": 12,
    "Transform": 12,
    "Run": 20,
    "Artifact": 16,
    "Collection": 16,
    "Writer": 20,
    "Graph": 20,
}
"""Characters of a new uid by label, without the version's suffix."""

VERSIONED: Final = frozenset({"Transform", "Artifact", "Collection"})
"""Labels whose uid ends with four characters that count the versions."""

REVISION_LENGTH: Final = 4
FIRST_REVISION: Final = ALPHABET[0] * REVISION_LENGTH
LAST_REVISION: Final = ALPHABET[-1] * REVISION_LENGTH


def new(label: str) -> str:
    """Make a random uid for a node with this label, `0000` at its end when the label is versioned.

    >>> len(new("Run")), len(new("Artifact")), new("Transform")[-4:]
    (20, 20, '0000')
    """
    length = STEM_LENGTH[label]
    stem = _base62(secrets.randbelow(len(ALPHABET) ** length), length)
    return stem + FIRST_REVISION if label in VERSIONED else stem


def derived(label: str, *origin: object) -> str:
    """Make the uid of an unversioned node of what it comes from: the same one each time.

    >>> derived("Writer", "a", 1) == derived("Writer", "a", 1) != derived("Writer", "a", 2)
    True
    """
    length = STEM_LENGTH[label]
    hashed = hashlib.sha256("\0".join(map(str, origin)).encode()).digest()
    return _base62(int.from_bytes(hashed) % len(ALPHABET) ** length, length)


def revision(number: int) -> str:
    """Write a version's number with four characters of base62.

    >>> revision(0), revision(61), revision(62)
    ('0000', '000z', '0010')
    """
    return _base62(number, REVISION_LENGTH)


def number(uid: str) -> int:
    """Read the version's number back from a versioned uid.

    >>> number("VpL0JhiFabcd" + revision(63))
    63
    """
    value = 0
    for character in uid[-REVISION_LENGTH:]:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    return value


def next_version(uid: str) -> str:
    """Give the uid of the version after `uid`: the same stem, the suffix one higher.

    >>> next_version("VpL0JhiFabcd0000")
    'VpL0JhiFabcd0001'
    """
    return uid[:-REVISION_LENGTH] + revision(number(uid) + 1)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
