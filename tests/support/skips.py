"""With CI=true nothing may be skipped: what a machine lacks must be installed there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def lacking(needed: str) -> NoReturn:
    """Skip a test with one line that says what is to be installed; with CI=true fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(needed, pytrace=False)
    pytest.skip(needed)


def _skipped(session: pytest.Session) -> int:
    reporter: TerminalReporter | None = session.config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter is not None else 0


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped a test."""
    if os.environ.get("CI") == "true" and _skipped(session) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say what was not tested, and why, one line a reason; pytest's own lines can be turned off."""
    reasons = sorted({_reason(report) for report in terminalreporter.stats.get("skipped", [])})
    for reason in reasons:
        terminalreporter.write_line(f"not tested here: {reason}", yellow=True)
    if reasons and os.environ.get("CI") == "true":
        terminalreporter.write_line("with CI=true a skipped test is a failure", red=True)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return str(where[2] if isinstance(where, tuple) else where).removeprefix("Skipped: ")
