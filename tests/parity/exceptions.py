"""Where the sandbox differs from Node 20, knowingly: by case, the path of the value and the reason.

A path ends in `*` where it stands for all that begin so. An entry that no longer differs fails the test.
"""

from typing import Final

EXCEPTIONS: Final[dict[str, dict[str, str]]] = {}
