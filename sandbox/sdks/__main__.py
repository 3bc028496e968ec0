"""Writes docs/sdks.md."""

import sys

from sandbox.sdks.page import page

sys.stdout.write(page())
