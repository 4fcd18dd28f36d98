"""Secrets in what is kept with a run: source code, parameters, arguments and tracebacks are stored without them.

A provenance store is read by many, and keeps for long what a script held for a moment. What looks like a secret is
replaced by `<redacted>`; the rest of the text stays as it was. The forms of tokens are those that their makers document
(AWS, Anthropic and OpenAI, GitHub, GitLab, Google, Hugging Face, npm, PyPI, Slack, Stripe; JSON Web Tokens of RFC 7519;
private keys of RFC 7468); passwords are known by the names that are given to them, and by their place in a URL.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARK: Final = "<redacted>"
SHORTEST: Final = 8
"""Characters of a value of the environment below which it is no secret that could be told from a word."""
ALWAYS: Final = r"pass(?:word|wd|phrase)|secret|private[_-]?key|credentials?"
"""What names a secret, whatever its value."""
OFTEN: Final = r"token|api[_-]?key|access[_-]?key|auth[_-]?key|bearer"
"""What names a secret when the value looks like one: `sep_token = "[SEP]"` is none."""
MORE: Final = r"(?:s|_key|_access_key)?"
"""How such a name may go on."""
NAMED: Final = re.compile(rf"((?:{ALWAYS}){MORE}|(?:{OFTEN})s?)$", re.IGNORECASE)
RANDOM: Final = r"(?=[^\"'\n]*\d)[\w+/=.:~-]{12,}"

TOKENS: Final = re.compile(
    r"""
    \b(?:AKIA|ASIA)[A-Z0-9]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{30,} | \bgithub_pat_[A-Za-z0-9_]{30,}
    | \bglpat-[\w-]{20,}
    | \bAIza[\w-]{35}
    | \bhf_[A-Za-z0-9]{30,}
    | \bnpm_[A-Za-z0-9]{36}
    | \bpypi-[\w-]{50,}
    | \bsk-[\w-]{20,} | \b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}
    | \bxox[abeprs]-[\w-]{10,}
    | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
IN_URL: Final = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]*:)[^\s/'\"{}]+(?=@)", re.IGNORECASE)
GIVEN: Final = r"""(?:["']\]?\s*[=:,]\s*|\]?(?:\s*:\s*[\w.| \[\]]+)?\s*=\s*|\s*:\s+)[rbu]{0,2}"""
"""How code, JSON or YAML gives a name its value: `x = `, `x: str = `, `d["x"] = `, `"x": `, `("x", `."""
ASSIGNED: Final = re.compile(
    rf"""(\b\w*(?:(?:{ALWAYS}){MORE}{GIVEN}(?=["'])|(?:{OFTEN})s?{GIVEN}(?=["']{RANDOM}["'])))"""
    r"""(?:\"{3}.+?\"{3}|'{3}.+?'{3}|"(?:[^"\\\n]|\\.)+"|'(?:[^'\\\n]|\\.)+')""",
    re.IGNORECASE | re.DOTALL,
)
"""A literal that is given to such a name, in code, JSON or YAML; what is read from elsewhere is no literal."""


def redacted(text: str, values: frozenset[str] = frozenset()) -> str:
    """Give a text without what looks like a secret, and without these values.

    >>> redacted('key = "AKIAIOSFODNN7EXAMPLE"; password = "hunter2"; token = os.environ["TOKEN"]')
    'key = "<redacted>"; password = "<redacted>"; token = os.environ["TOKEN"]'
    >>> redacted("postgresql://ada:hunter2@db/lab"), redacted("the password is long")
    ('postgresql://ada:<redacted>@db/lab', 'the password is long')
    """
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MARK)
    text = TOKENS.sub(MARK, text)
    text = IN_URL.sub(rf"\g<1>{MARK}", text)
    return ASSIGNED.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    quote = found[0][len(found[1])]
    return f"{found[1]}{quote}{MARK}{quote}"


def redacted_value(name: str, value: Any, values: frozenset[str] = frozenset()) -> Any:
    """Give a value of JSON without secrets: texts within lists and maps, too, and all that has a secret's name.

    A number that is named by a plural counts secrets.

    >>> redacted_value("params", {"password": 1234, "rate": 0.1, "urls": ["ftp://a:b@c"]})
    {'password': '<redacted>', 'rate': 0.1, 'urls': ['ftp://a:<redacted>@c']}
    """
    if isinstance(value, dict):
        return {key: redacted_value(str(key), each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [redacted_value(name, each, values) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if _is_secret(name, value):
        return MARK
    return redacted(value, values) if isinstance(value, str) else value


def redacted_arguments(arguments: list[str], values: frozenset[str] = frozenset()) -> list[str]:
    """Give the arguments of a command without secrets: `--password X`, `--password=X` and `db.password=X`.

    >>> redacted_arguments(["fetch.py", "--password", "abc", "--api-key=a1b2c3d4e5f6", "--max-tokens", "512"])
    ['fetch.py', '--password', '<redacted>', '--api-key=<redacted>', '--max-tokens', '512']
    """
    kept: list[str] = []
    before = ""
    for each in arguments:
        option, equals, value = each.partition("=")
        if equals and _is_secret(option, value):
            kept.append(f"{option}={MARK}")
        else:
            kept.append(MARK if before.startswith("-") and _is_secret(before, each) else redacted(each, values))
        before = each
    return kept


def _is_secret(name: str, value: str | float) -> bool:
    found = NAMED.search(name)
    is_count = not isinstance(value, str) and found is not None and found[1].endswith("s")
    if found is None or value == "" or is_count:
        return False
    looks_random = isinstance(value, str) and re.fullmatch(RANDOM, value)
    return bool(looks_random or re.match(ALWAYS, found[1], re.IGNORECASE))


def values_of(environment: Mapping[str, str], project: Path | None = None) -> frozenset[str]:
    """Give the values that are secrets by their names, of the environment and of the project's `.env`.

    >>> values_of({"NEO4J_PASSWORD": "correct horse", "HOME": "/home/ada"})
    frozenset({'correct horse'})
    """
    given = [*environment.items(), *_of_file(project)]
    return frozenset(value for name, value in given if len(value) >= SHORTEST and NAMED.search(name))


def here(project: Path) -> frozenset[str]:
    """Give the secret values that this process and its project hold."""
    return values_of(os.environ, project)


def _of_file(project: Path | None) -> list[tuple[str, str]]:
    """Give the lines `NAME=value` and `export NAME="value"` of a `.env` file."""
    try:
        text = (project / ".env").read_text(encoding="utf-8", errors="replace") if project is not None else ""
    except OSError:
        return []
    found = re.findall(r"^\s*(?:export\s+)?([\w.]+)\s*=\s*(.+?)\s*$", text, re.MULTILINE)
    return [(name, value.strip("'\"")) for name, value in found]
