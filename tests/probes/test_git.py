"""Claims about what git tells, on real repositories."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from provgraph.probes import git
from provgraph.probes.git import git_facts, git_facts_later, git_user, project_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own git configuration out."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with one commit of one file."""
    root = tmp_path / "project"
    root.mkdir()
    run(root, "init", "--quiet", "--initial-branch=main")
    run(root, "config", "user.name", "Test User")
    run(root, "config", "user.email", "test@example.org")
    (root / "a.py").write_text("a = 1\n")
    run(root, "add", "a.py")
    run(root, "commit", "--quiet", "-m", "first")
    return root


def run(root: Path, *arguments: str) -> str:
    """Run git and give what it printed."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def test_a_commit_is_known_from_any_folder_below(repository: Path) -> None:
    """Commit, branch and root are found from a folder below the root; a clean tree is not dirty."""
    below = repository / "b" / "c"
    below.mkdir(parents=True)
    facts = git_facts(below)
    assert facts == git.GitFacts(repository, run(repository, "rev-parse", "HEAD"), False, "main", None)
    assert git_facts_later(below).result(timeout=10) == facts


def test_a_changed_file_makes_it_dirty(repository: Path) -> None:
    """An edit, a staged edit and a removal are dirty; a file that git does not know is not."""
    (repository / "new.py").touch()
    assert (facts := git_facts(repository)) is not None
    assert facts.dirty is False
    (repository / "a.py").write_text("a = 2\n")
    assert (facts := git_facts(repository)) is not None
    assert facts.dirty is True
    run(repository, "add", "a.py")
    assert (facts := git_facts(repository)) is not None
    assert facts.dirty is True


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """Before the first commit there is none to find the code in, and that is no error."""
    run(tmp_path, "init", "--quiet", "--initial-branch=dev")
    assert git_facts(tmp_path) == git.GitFacts(tmp_path, None, True, "dev", None)


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    """A checked-out commit has no branch."""
    run(repository, "checkout", "--quiet", "--detach")
    assert (facts := git_facts(repository)) is not None
    assert (facts.branch, facts.commit) == (None, run(repository, "rev-parse", "HEAD"))


def test_a_worktree_is_a_root_of_its_own(repository: Path, tmp_path: Path) -> None:
    """In a worktree, where `.git` is a file, its folder is the root and its branch the branch."""
    run(repository, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    assert (facts := git_facts(tmp_path / "side")) is not None
    assert (facts.root, facts.branch) == (tmp_path / "side", "side")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://secret@example.org/a/b.git?private_token=secret", "https://example.org/a/b.git"),
        ("ssh://me:secret@example.org:22/a.git", "ssh://example.org:22/a.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("https://me:secret@[::1/a.git", "[::1/a.git"),
    ],
)
def test_a_remote_is_shown_without_credentials(repository: Path, url: str, shown: str) -> None:
    """No user, password or token of the remote's address is kept."""
    run(repository, "remote", "add", "zeta", "https://example.org/zeta.git")
    run(repository, "config", "remote.origin.url", url)
    assert (facts := git_facts(repository)) is not None
    assert facts.remote == shown


def test_the_branchs_own_remote_comes_first(repository: Path) -> None:
    """Of several remotes the one that the branch follows is named."""
    run(repository, "remote", "add", "origin", "https://example.org/origin.git")
    run(repository, "remote", "add", "fork", "https://example.org/fork.git")
    run(repository, "config", "branch.main.remote", "fork")
    run(repository, "config", "branch.main.merge", "refs/heads/main")
    assert (facts := git_facts(repository)) is not None
    assert facts.remote == "https://example.org/fork.git"


def test_no_repository_no_facts(tmp_path: Path) -> None:
    """A folder without a repository gives None, and is its own root."""
    assert git_facts(tmp_path) is None
    assert git_facts_later(tmp_path).result(timeout=10) is None
    assert project_root(tmp_path / "not" / "there") == tmp_path / "not" / "there"


def test_without_git_there_are_no_facts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git is not installed, nothing is raised."""
    monkeypatch.setenv("PATH", "")
    assert (git_facts(repository), git_user(repository)) == (None, None)


def test_a_repository_of_another_user_is_left_alone(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git refuses with "dubious ownership", there are no facts and no error."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert git_facts(repository) is None


def test_a_damaged_repository_gives_no_facts(repository: Path) -> None:
    """A `.git` that is no repository gives None."""
    (repository / ".git" / "HEAD").unlink()
    assert git_facts(repository) is None


def test_a_hooks_variables_do_not_mislead(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a hook of another repository, the facts are still those of the folder."""
    other = tmp_path / "other"
    other.mkdir()
    run(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert (facts := git_facts(repository)) is not None
    assert (facts.commit is not None, facts.dirty) == (True, False)


def fake_git(folder: Path, script: str) -> None:
    """Put a `git` into a folder that counts its calls and then does what the script says."""
    folder.mkdir()
    file = folder / "git"
    file.write_text(f"#!/bin/sh\necho call >> {folder}/calls\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_at_most_two_commands(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All facts take two commands."""
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    fake_git(tmp_path / "bin", f'exec {real} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    assert git_facts(repository) is not None
    assert (tmp_path / "bin" / "calls").read_text().split() == ["call", "call"]


def test_a_slow_status_still_gives_the_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a repository too large for its status, the commit is known and `dirty` is not; two commands at most."""
    fake_git(tmp_path / "bin", 'case "$*" in *status*) exec sleep 30;; *) echo abc;; esac')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setattr(git, "PATIENCE", 1.0)
    assert git_facts(repository) == git.GitFacts(repository, "abc", None, None, None)
    assert (tmp_path / "bin" / "calls").read_text().split() == ["call", "call"]


def test_the_user_is_the_repositorys_then_the_persons(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository's user comes before the person's; nobody is None."""
    assert git_user(tmp_path) is None
    (tmp_path / "config").write_text("[user]\n\tname = Some Body\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert git_user(tmp_path) == "Some Body"
    assert git_user(repository) == "Test User"
