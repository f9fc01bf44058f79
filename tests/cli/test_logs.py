"""A log that nobody takes ends nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
LOGS = """
import structlog
from relay.cli.logs import configure_logs
configure_logs()
structlog.get_logger().info("it goes on")
print("it went on")
"""


@pytest.mark.skipif(not FULL.exists(), reason="this machine has no device that is always full")
def test_what_logs_goes_on_where_the_logs_disk_is_full() -> None:
    with FULL.open("wb") as full:
        done = subprocess.run([sys.executable, "-c", LOGS], stdout=subprocess.PIPE, stderr=full, check=False, text=True)
    assert done.stdout == "it went on\n"
