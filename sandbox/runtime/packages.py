"""Segment's npm packages in the runtime: which are always there, and which only where the code names them."""

import importlib.util
import re
from pathlib import Path

ALWAYS = ("node-fetch",)
"""Evaluated while a worker starts."""

_NODE_MODULES = "node-modules"
"""What some of these libraries need of Node's."""

GLOBALS = {
    "AWS": "aws-sdk",
    "FormData": "form-data",
    "OAuth": "oauth",
    "_": "lodash",
    "fetchretrylib": "fetch-retry",
    "hubspotlib": "hubspot",
    "jsforce": "jsforce",
    "jsonwebtoken": "jsonwebtoken",
    "libphonenumberjslib": "libphonenumber-js",
    "mailchimplib": "mailchimp",
    "moment": "moment-timezone",
    "nodemailjet": "mailjet",
    "sendgrid": "sendgrid",
    "skyflowlib": "skyflow",
    "stripe": "stripe",
    "twilio": "twilio",
    "uuidv5": "uuidv5",
    "winstonlib": "winston",
    "xml": "xml",
    "xml2js": "xml2js",
}
"""A global, and the package of `web/build.mjs` that it comes from."""

_SELF_SUFFICIENT = frozenset({"fetch-retry", "libphonenumber-js", "lodash", "moment-timezone", "uuidv5", "xml"})


def _pattern(name: str) -> re.Pattern[str]:
    """Match a global's name; `_` does not follow a dot, where it is a property of something."""
    return re.compile(r"(?<![\w$.])_(?![\w$])" if name == "_" else rf"\b{name}\b")


_NAMED = {package: _pattern(name) for name, package in GLOBALS.items()}

_WEB_GLOBALS = "web-globals"
_REPEATABLE = "repeatable"


def exposed_for(*, web_globals: bool, repeatable: bool) -> list[str]:
    """Return the packages whose exports become globals, for code with these switches."""
    return [*([_WEB_GLOBALS] if web_globals else []), *([_REPEATABLE] if repeatable else [])]


def named_in(source: str) -> list[str]:
    """Return the packages whose global the source names; evaluated when first used."""
    named = [package for package, name in _NAMED.items() if name.search(source)]
    return named if _SELF_SUFFICIENT.issuperset(named) else [_NODE_MODULES, *named]


def python_folders() -> list[str]:
    """Return the folders that hold the packages of the host's operations, for a worker to find them in."""
    found = [importlib.util.find_spec(name) for name in ("cryptography", "_cffi_backend", "brotli", "_brotli")]
    places = [Path(spec.origin) for spec in found if spec is not None and spec.origin is not None]
    return list(
        dict.fromkeys(str(place.parent.parent if place.name == "__init__.py" else place.parent) for place in places)
    )
