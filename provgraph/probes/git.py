"""What git knows about the project: its root, the commit, whether files changed since, and the user.

A few short `git` commands are run, never one that waits for a person, takes a lock or starts a hook of the
repository. Without git, without a repository, or with one that git distrusts, the answer is None.
"""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from provgraph.probes.environment import public_url

PATIENCE: Final = 3.0
"""Seconds to wait for one git command."""
REDIRECTIONS: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE")
"""Variables that a git hook sets and that would turn our question to another repository."""
STATUS: Final = ("status", "--porcelain=v2", "--branch", "--untracked-files=no")


@dataclass(frozen=True)
class GitFacts:
    """The repository at the start of a run.

    `commit` is None before the first one, `branch` when no branch is checked out, `remote` when there is none.
    `dirty` tells whether a tracked file differs from the commit, or there is none yet; None when git did not answer in
    time.
    """

    root: Path
    commit: str | None
    dirty: bool | None
    branch: str | None
    remote: str | None


@dataclass
class GitFactsLater:
    """Facts that a background thread finds out; `result()` waits for them."""

    root: Path
    _found: list[GitFacts] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the thread; it is a daemon, so it never holds up the end of the process."""
        self._thread = threading.Thread(target=self._find, name="provgraph-git", daemon=True)
        self._thread.start()

    def result(self, timeout: float | None = None) -> GitFacts | None:
        """Wait for the facts, at most `timeout` seconds; None when there are none (yet), or after a fork."""
        self._thread.join(timeout)
        return self._found[0] if self._found else None

    def _find(self) -> None:
        if (facts := git_facts(self.root)) is not None:
            self._found.append(facts)


def project_root(start: Path) -> Path:
    """Give the nearest folder, from `start` upwards, that holds `.git` (a folder, or a worktree's file); else `start`.

    No command is run. The path is absolute.
    """
    folder = start.absolute()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def git_facts(root: Path) -> GitFacts | None:
    """Ask git about the repository of the folder `root`; None when there is none that git may read.

    Untracked files do not make a repository dirty. The remote is the branch's own, else `origin`, else the first,
    without credentials. Format: https://git-scm.com/docs/git-status#_porcelain_format_version_2
    """
    top = project_root(root)
    if not (top / ".git").exists():
        return None
    try:
        status = _git(top, *STATUS)
    except subprocess.TimeoutExpired:
        return _commit_only(top)
    return _facts(top, status) if status is not None else None


def is_untracked(file: Path, root: Path) -> bool:
    """Say whether git would list a file as untracked: not one that it ignores; False when it does not answer."""
    try:
        return bool(_git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", str(file)))
    except subprocess.TimeoutExpired:
        return False


def git_facts_later(root: Path) -> GitFactsLater:
    """Find out `git_facts(root)` in a background thread, which costs the caller less than a millisecond."""
    return GitFactsLater(root)


def git_user(folder: Path | None = None) -> str | None:
    """Give the name of git's user in a folder (by default the working directory), or None. One command, 3 ms."""
    try:
        name = _git(folder or Path(), "config", "--get", "user.name")
    except subprocess.TimeoutExpired:
        return None
    return (name or "").strip() or None


def _git(folder: Path, *arguments: str) -> str | None:
    """Run one git command; None when it fails. Raises `subprocess.TimeoutExpired`."""
    environment = {key: value for key, value in os.environ.items() if key not in REDIRECTIONS}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        answer = subprocess.run(  # noqa: S603 - fixed words, no shell
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:
        return None
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else None


def _facts(top: Path, status: str) -> GitFacts:
    lines = status.splitlines()
    headers = dict(line.removeprefix("# ").partition(" ")[::2] for line in lines if line.startswith("# "))
    commit, branch = headers.get("branch.oid"), headers.get("branch.head")
    return GitFacts(
        root=top,
        commit=None if commit == "(initial)" else commit,
        dirty=commit == "(initial)" or any(not line.startswith("# ") for line in lines),
        branch=None if branch == "(detached)" else branch,
        remote=_remote(top, headers.get("branch.upstream", "").partition("/")[0]),
    )


def _commit_only(top: Path) -> GitFacts | None:
    """Name at least the commit of a repository that is too large for its status."""
    try:
        commit = _git(top, "rev-parse", "--verify", "HEAD")
    except subprocess.TimeoutExpired:
        return None
    return GitFacts(top, commit.strip() if commit else None, None, None, None)


def _remote(top: Path, upstream: str) -> str | None:
    try:
        text = _git(top, "config", "--null", "--get-regexp", r"^remote\..*\.url$")
    except subprocess.TimeoutExpired:
        return None
    urls: dict[str, str] = {}
    for entry in (text or "").split("\0"):
        key, _, url = entry.partition("\n")
        urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), public_url(url))
    urls.pop("", None)
    return urls.get(upstream) or urls.get("origin") or next(iter(urls.values()), None)
