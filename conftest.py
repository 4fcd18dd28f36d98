"""What every test has, those in docstrings too."""

pytest_plugins = ["tests.support.isolation", "tests.support.skips"]
