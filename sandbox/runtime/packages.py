"""Segment's npm packages in the runtime: which are always there, and which only where the code names them."""

import re

ALWAYS = ("node-fetch",)
"""Evaluated while a worker starts."""

_NODE_MODULES = "node-modules"
"""What some of these libraries need of Node's."""

_NAMED = {
    "fetch-retry": re.compile(r"\bfetchretrylib\b"),
    "form-data": re.compile(r"\bFormData\b"),
    "jsonwebtoken": re.compile(r"\bjsonwebtoken\b"),
    "lodash": re.compile(r"(?<![\w$.])_(?![\w$])"),
    "moment-timezone": re.compile(r"\bmoment\b"),
    "oauth": re.compile(r"\bOAuth\b"),
    "uuidv5": re.compile(r"\buuidv5\b"),
    "xml": re.compile(r"\bxml\b"),
    "xml2js": re.compile(r"\bxml2js\b"),
}
_USE_NODE_MODULES = frozenset({"form-data", "jsonwebtoken", "oauth", "xml2js"})


_WEB_GLOBALS = "web-globals"


def exposed_for(web_globals: bool) -> list[str]:  # noqa: FBT001 - the code's own switch
    """Return the packages whose exports become globals."""
    return [_WEB_GLOBALS] if web_globals else []


def named_in(source: str) -> list[str]:
    """Return the packages whose global the source names; evaluated when first used."""
    named = [package for package, name in _NAMED.items() if name.search(source)]
    return named if _USE_NODE_MODULES.isdisjoint(named) else [_NODE_MODULES, *named]
