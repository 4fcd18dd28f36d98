"""What is kept with a run holds no secrets, and is otherwise as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provgraph.probes import secrets

if TYPE_CHECKING:
    from pathlib import Path

FORMS = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitHub, fine-grained": "github_pat_" + "a1B2_" * 8,
    "GitLab": "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "Google": "AIza" + "Sy1234567" * 3 + "abcdefgh",
    "Hugging Face": "hf_" + "aBcDeFgHiJ" * 4,
    "npm": "npm_" + "aB3d" * 9,
    "PyPI": "pypi-" + "AgEIcHlwaS5vcmc" * 5,
    "OpenAI": "sk-proj-" + "a1B2c3D4" * 4,
    "Stripe": "sk_live_" + "a1B2c3D4" * 3,
    "Slack": "xoxb-" + "1234567890-abcdef",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
    "private key, cut off": "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE\nabc=",
}
LITERALS = [
    "password = '{}'",
    'DB_PASSWORD="{}"',
    "connect(user='ada', passwd='{}')",
    '{{"password": "{}", "user": "ada"}}',
    "client_secret: '{}'",
    "url = 'postgresql://ada:{}@db.example.org/lab'",
    "secrets = dict(private_key=b'{}')",
    'os.environ["AWS_SECRET_ACCESS_KEY"] = "{}"',
    'password: str | None = "{}"',
    'SECRET_KEY = "{}"',
    'os.environ.setdefault("DB_PASSWORD", "{}")',
]
HARMLESS = [
    "sep_token = '[SEP]'",
    "tokens = text.split()",
    "password = os.environ['DB_PASSWORD']",
    "password = getpass.getpass('password: ')",
    "# the password is asked for",
    "keys = ['gene', 'fdr']",
    "primary_key = 'gene_id'",
    "url = 'https://example.org:8443/a@b'",
    "api_key = config['api_key']",
    "def check_password(password: str) -> bool: ...",
    'print("password:", "x")',
    "pwd = '/data/x'",
    "max_tokens = 512",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_token_is_known_by_its_form(form: str) -> None:
    """Wherever it stands."""
    assert secrets.redacted(f"call({FORMS[form]!s}") == f"call({secrets.MARK}"


@pytest.mark.parametrize("literal", LITERALS)
def test_a_password_is_known_by_its_name_or_place(literal: str) -> None:
    """It alone is left out."""
    assert secrets.redacted(literal.format("hunter2")) == literal.format(secrets.MARK)


@pytest.mark.parametrize("name", ["api_key", "HF_TOKEN", "access-key", "accessKey"])
def test_what_is_often_a_secret_must_look_like_one(name: str) -> None:
    """It is long and has a digit."""
    assert secrets.redacted(f"{name} = 'a1b2c3d4e5f6'") == f"{name} = '{secrets.MARK}'"
    assert secrets.redacted(f"{name} = 'gene'") == f"{name} = 'gene'"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_code_stays_as_it_is(text: str) -> None:
    """Words that only speak of secrets, and what is read from elsewhere."""
    assert secrets.redacted(text) == text


def test_values_of_the_environment_and_of_env_files_are_known(tmp_path: Path) -> None:
    """Those with a secret's name; short ones are words."""
    (tmp_path / ".env").write_text("export DB_PASSWORD='correct horse'\nENV=production\n# x\nTOKEN=1\n")
    found = secrets.values_of({"SLACK_TOKEN": "a b c d e f", "PWD": "/home/ada/lab"}, tmp_path)
    assert found == {"correct horse", "a b c d e f"}
    assert secrets.redacted("print('correct horse')", found) == f"print('{secrets.MARK}')"


def test_redacting_twice_changes_nothing() -> None:
    """What was left out is no secret."""
    for text in [*FORMS.values(), *(literal.format("hunter2") for literal in LITERALS)]:
        once = secrets.redacted(text)
        assert secrets.redacted(once) == once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('password = "it\'s mine"', 'password = "<redacted>"'),
        ('password = """two\nlines"""', 'password = "<redacted>"'),
        ("ftp://ada:p@ss@lab/x", "ftp://ada:<redacted>@lab/x"),
        ("hunter22-long and hunter22", "<redacted> and <redacted>"),
    ],
)
def test_a_secret_is_left_out_as_a_whole(text: str, kept: str) -> None:
    """Whatever stands in it, and whatever else begins as it does."""
    assert secrets.redacted(text, frozenset({"hunter22", "hunter22-long"})) == kept
