"""Short readable words for records: names, sizes, times. All text from the data passes `clean` before it is shown."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from provgraph.ancestry import ArtifactFacts, RunFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.ancestry import Facts

NAME: Final = 26
"""How many characters of a name stand beside other words."""
LINE: Final = 22
"""How many columns one line of a name in a picture has."""
BREAKS: Final = " _-./…"
FACT: Final = 300
"""How many characters of one fact the hover text shows."""
BADGES: Final = {"errored": "failed", "abandoned": "abandoned"}
CONTROLS: Final = {"Cc", "Cs", "Zl", "Zp"}
NO_CHARACTERS: Final = 0xFFFE
"""What the last two code points of each plane are not; XML has no place for U+FFFE and U+FFFF."""
TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of the text around them, so that a name could show as another one."""


def clean(text: object) -> str:
    r"""Give a text on one line: line ends and tabs become blanks, other controls and direction marks a visible mark.

    >>> clean("a\tb\n c")
    'a b  c'
    >>> clean("safe\u202egpj.exe"), clean("\uffff")
    ('safe\ufffdgpj.exe', '\ufffd')
    """
    line = str(text)
    return line if line.isprintable() else "".join(_clean(character) for character in line)


def _clean(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\n\r\t\u2028\u2029\x0b\x0c\x85":
        return " "
    is_none = ord(character) & NO_CHARACTERS == NO_CHARACTERS
    return "\ufffd" if is_none or character in TURNS or unicodedata.category(character) in CONTROLS else character


def short(text: object, width: int = NAME) -> str:
    """Give a cleaned text of at most `width` characters, with a mark where its middle was left out.

    >>> short("integrated_analysis_of_all_batches.ipynb", 20)
    'integrated_…es.ipynb'
    """
    cleaned = clean(text).strip()
    if len(cleaned) <= width:
        return cleaned
    tail = (width - 1) * 9 // 20
    return f"{cleaned[: width - 1 - tail].rstrip()}…{cleaned[len(cleaned) - tail :].lstrip()}"


def wrapped(text: object, width: int = LINE) -> list[str]:
    """Give a shortened text in lines of about `width` columns, broken after a blank, a dot or a dash where it can be.

    >>> wrapped("integrated_analysis_of_all_batches.ipynb")
    ['integrated_analysis_', 'of_all_batches.ipynb']
    """
    rest, lines = short(text, 2 * width - 4), []
    while columns(rest) > width:
        fitting = next(count for count in range(len(rest), 0, -1) if columns(rest[:count]) <= width or count == 1)
        broken = max(rest.rfind(mark, fitting // 2, fitting) for mark in BREAKS) + 1 or fitting
        lines.append(rest[:broken].rstrip(" "))
        rest = rest[broken:].lstrip(" ")
    return [*lines, rest]


def columns(text: str) -> int:
    """Count the columns that a text takes: wide characters take two.

    >>> columns("abc"), columns("\u4e2d\u6587")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1 for character in text)


def name(facts: Facts) -> str:
    """Give the whole name: an artifact's file name or description, a run's transform; its uid's start only without any.

    >>> from provgraph.ancestry import ArtifactFacts
    >>> facts = ArtifactFacts.placeholder("Ci4XwC2Vd3KQ0000")
    >>> name(facts)
    'deleted artifact Ci4XwC2V'
    >>> name(facts._replace(key="figures/umap.png"))
    'umap.png'
    """
    if isinstance(facts, ArtifactFacts):
        known = _file(facts.key) or facts.description or f"{_deleted(facts)}artifact {facts.uid[:8]}"
    else:
        known = (
            facts.transform_name or _file(facts.transform_key) or facts.name or f"{_deleted(facts)}run {facts.uid[:8]}"
        )
    return clean(known).strip() or f"{kind(facts)} {facts.uid[:8]}"


def kind(facts: Facts) -> str:
    """Say "artifact" or "run"."""
    return "artifact" if isinstance(facts, ArtifactFacts) else "run"


def byline(facts: Facts) -> str:
    """Say who made it and when, as far as known.

    >>> from provgraph.ancestry import RunFacts
    >>> byline(RunFacts.placeholder("X1GYNq9t")._replace(created_by="testuser1", started_us=1734707373000000))
    'testuser1 · 2024-12-20'
    """
    day = time(facts.at_us)[:10] if facts.at_us else ""
    return " · ".join(part for part in (short(facts.created_by or "", 20), day) if part)


def badges(facts: Facts) -> list[str]:
    """Give what a reader should beware of: deleted, failed, abandoned, uncommitted.

    >>> from provgraph.ancestry import RunFacts
    >>> badges(RunFacts.placeholder("X1GYNq9t")._replace(status="errored", git_dirty=True))
    ['deleted', 'failed', 'uncommitted']
    """
    found = ["deleted"] if facts.deleted else []
    if isinstance(facts, RunFacts):
        found += [BADGES[facts.status]] if facts.status in BADGES else []
        found += ["uncommitted"] if facts.git_dirty else []
    return found


def line(facts: Facts, width: int = 60, called: str | None = None, marks: Sequence[str] | None = None) -> str:
    """Give one line about a record: name, size, who and when, badges; `called` and `marks` where it is not alone.

    >>> from provgraph.ancestry import ArtifactFacts
    >>> facts = ArtifactFacts.placeholder("Ci4XwC2V")._replace(key="data/hits.csv", size=5120, deleted=False)
    >>> line(facts._replace(created_by="ada", created_us=1734707373000000))
    'hits.csv · 5.1 kB · ada · 2024-12-20'
    """
    known_size = size(facts.size) if isinstance(facts, ArtifactFacts) else ""
    beware = badges(facts) if marks is None else marks
    parts = [short(called or name(facts), width), known_size, byline(facts), *(f"[{mark}]" for mark in beware)]
    return " · ".join(part for part in parts if part)


def facts_of(facts: Facts, width: int = FACT) -> dict[str, str]:
    """Give all that is known about a record as names and readable values, each on one line of at most `width`.

    >>> from provgraph.ancestry import ArtifactFacts
    >>> facts_of(ArtifactFacts.placeholder("Ci4XwC2V")._replace(size=1, deleted=False))
    {'size': '1 B', 'uid': 'Ci4XwC2V'}
    """
    found = _artifact_facts(facts) if isinstance(facts, ArtifactFacts) else _run_facts(facts)
    return {label: short(value, width) for label, value in found.items() if value}


def _artifact_facts(facts: ArtifactFacts) -> dict[str, str | None]:
    latest = {True: " (latest)", False: " (not the latest)", None: ""}[facts.is_latest]
    return {
        "key": facts.key,
        "description": facts.description,
        "by": facts.created_by,
        "at": time(facts.created_us),
        "size": size(facts.size),
        "hash": facts.hash,
        "version": f"{facts.version}{latest}" if facts.version else None,
        "suffix": facts.suffix if not facts.key else None,
        "space": facts.space,
        "state": "deleted" if facts.deleted else None,
        "uid": facts.uid,
    }


def _run_facts(facts: RunFacts) -> dict[str, str | None]:
    version = f" {facts.transform_version}" if facts.transform_version else ""
    return {
        "transform": facts.transform_name and f"{facts.transform_name}{version}",
        "type": facts.transform_type,
        "key": facts.transform_key,
        "run": facts.name,
        "status": facts.status,
        "error": (facts.error or "").strip().rpartition("\n")[2],
        "parameters": parameters(facts.params),
        "by": facts.created_by,
        "started": time(facts.started_us),
        "took": duration(facts.started_us, facts.finished_us),
        "git commit": facts.git_commit,
        "code": "not committed in git" if facts.git_dirty else None,
        "space": facts.space,
        "state": "deleted" if facts.deleted else None,
        "uid": facts.uid,
    }


def parameters(text: str | None) -> str:
    """Give parameters that are JSON as names with values; text that is none as it is.

    >>> parameters('{"genes": ["TP53"], "rate": 0.1}'), parameters("?"), parameters(None)
    ('genes=["TP53"], rate=0.1', '?', '')
    """
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text or ""
    if not isinstance(found, dict):
        return text or ""
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in found.items())


def size(count: int | None) -> str:
    """Give a number of bytes in the largest unit that leaves one digit before the point; nothing for None.

    >>> [size(count) for count in (0, 999, 1000, 48_213, 3_400_000_000, None)]
    ['0 B', '999 B', '1.0 kB', '48.2 kB', '3.4 GB', '']
    """
    if count is None:
        return ""
    amount, units = float(count), iter(("B", "kB", "MB", "GB", "TB", "PB", "EB"))
    unit = next(units)
    while amount >= 999.95 and unit != "EB":  # noqa: PLR2004 - rounds to 1000.0
        amount, unit = amount / 1000, next(units)
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def time(microseconds: int | None) -> str:
    """Give a time in microseconds since 1970 to the second, in UTC; nothing for None, 0 or what is no time.

    >>> time(1734707373000000)
    '2024-12-20 15:09:33 UTC'
    """
    try:
        return f"{datetime.fromtimestamp(microseconds / 1e6, UTC):%Y-%m-%d %H:%M:%S} UTC" if microseconds else ""
    except (OverflowError, OSError, ValueError):
        return ""


def duration(start: int | None, end: int | None) -> str:
    """Give the time between two times in microseconds; nothing when one is not known.

    >>> duration(1, 90_000_001), duration(1, 2_500_001), duration(1, 7_200_000_001), duration(1, None)
    ('1 min 30 s', '2.5 s', '2 h 0 min', '')
    """
    if start is None or end is None or end < start:
        return ""
    seconds = (end - start) / 1e6
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def _file(key: str | None) -> str | None:
    return key.rstrip("/").rpartition("/")[2] if key else None


def _deleted(facts: Facts) -> str:
    return "deleted " if facts.deleted else ""
