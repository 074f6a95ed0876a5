"""A test that is skipped or expected to fail fails the run, and so does a run without tests.

A skipped test proves nothing and is soon forgotten, so none is allowed: mend it or remove it.
Under pytest-xdist the reports of all workers reach the controlling process, and only its exit
status counts.
"""

import pytest

_EMPTY_RUN = "No test ran: a run without tests proves nothing, so it fails."


class NoSkips:
    """Remembers which tests did not really run, and fails the run that had any."""

    def __init__(self) -> None:
        self.not_run: dict[str, str] = {}
        self.empty = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.not_run[report.nodeid] = "skipped as a whole"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "wasxfail"):
            self.not_run[report.nodeid] = "expected to fail"
        elif report.skipped:
            self.not_run[report.nodeid] = "skipped"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if session.config.option.collectonly:
            return
        self.empty = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        if self.empty or (self.not_run and exitstatus == pytest.ExitCode.OK):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.empty:
            terminalreporter.write_line(_EMPTY_RUN, red=True)
        if self.not_run:
            terminalreporter.section("not allowed: tests that did not really run", red=True)
        for nodeid, why in sorted(self.not_run.items()):
            terminalreporter.write_line(
                f"{nodeid} was {why}. Mend it or remove it: a run with such a test fails."
            )


def pytest_configure(config: pytest.Config) -> None:
    # In a worker of pytest-xdist there is nothing to decide: its reports travel on.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(NoSkips(), "no-skips")
