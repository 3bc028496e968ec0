"""What to do about code that does not load, for the mistakes that people make who come from Node or TypeScript."""

import re
from typing import Final

from sandbox.runtime import LoadError

_HANDLER: Final = "async function onTrack(event, settings) { … }"
_NO_NODE: Final = (
    f"Segment runs plain scripts without Node's modules. Declare the handlers, {_HANDLER}, and use the globals that"
    " Segment has, such as fetch, crypto and _."
)
_NO_MODULES: Final = (
    f"Segment runs plain scripts: no import, no export. Declare the handlers, {_HANDLER}, use the globals that"
    " Segment has, and bundle what it lacks into the script."
)
_DECLARED: Final = (
    f"Segment's loader declares the handlers' names itself. Write {_HANDLER}, or assign without const, let or class."
)
_NO_AWAIT: Final = "Segment has no await at the top of a script. Put it into a handler."
_CURES: Final = (
    (r"ReferenceError: (module|exports|require|process|global|__dirname|__filename) is not defined", _NO_NODE),
    (r"SyntaxError: (Cannot use import statement outside a module|Unexpected token 'export')", _NO_MODULES),
    (r"SyntaxError: Identifier 'on[A-Z]\w*' has already been declared", _DECLARED),
    (r"SyntaxError: await is only valid", _NO_AWAIT),
)
_TYPED: Final = re.compile(
    r"[\w)\]?]\s*:\s*(any|string|number|boolean|object|void|unknown|Record|Promise|[A-Z]\w*)\b"
)
TYPES: Final = "Segment runs JavaScript. If this is TypeScript, take the types out or compile it."


def cure(failed: LoadError) -> str | None:
    """Return what to do, None where the message says all there is."""
    if failed.message == "SyntaxError: Unexpected token ':'" and is_typed(failed.source_line or ""):
        return TYPES
    return next((words for pattern, words in _CURES if re.match(pattern, failed.message)), None)


def is_typed(source_line: str) -> bool:
    """Say whether a line that does not parse has TypeScript's types."""
    return _TYPED.search(source_line) is not None
