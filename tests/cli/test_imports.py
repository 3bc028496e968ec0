"""What `up` imports is imported quickly, and leaves no trace of how."""

import os
import subprocess
import sys

import pytest

_PROGRAM = """
import gc, os
from sandbox.cli.imports import import_up
import_up()
import aiohttp.connector
print(os.environ.get("SSL_CERT_FILE"), len(aiohttp.connector._SSL_CONTEXT_VERIFIED.get_ca_certs()), gc.isenabled())
"""


@pytest.mark.parametrize(
    "given", [pytest.param(None, id="nothing given"), pytest.param("/ca/ours.pem", id="the user's own authorities")]
)
def test_the_environment_is_as_before(given: str | None) -> None:
    """No authorities have been read; whoever names some in the environment still does so."""
    environment = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    if given is not None:
        environment["SSL_CERT_FILE"] = given
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == [str(given), "0", "False"]
