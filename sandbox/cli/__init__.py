"""The command line: reads flags, prints, exits.

Exit codes: 0 good, 1 red, 2 the user's mistake, 3 cannot start, 4 waited in vain, 130 interrupted.
"""

from sandbox.cli.main import main

__all__ = ["main"]
