"""Segment's SDKs: for each, the lines that point it at the sandbox, and what to know of it.

All of it is data, one file for each SDK in `data/`; `python -m sandbox.sdks > docs/sdks.md` writes it as a page.
"""

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from sandbox.sdks.trust import trust_line

__all__ = [
    "DEFAULT_AUTHORITY",
    "Library",
    "Place",
    "Sdk",
    "Snippet",
    "all_sdks",
    "near",
    "sdk_of",
    "shown",
    "trust_line",
]

DATA: Final = Path(__file__).parent / "data"
DEFAULT_AUTHORITY: Final = ".segment-sandbox/tls/authority.pem"
"""Where `up --tls` puts the authority's certificate, from the workspace's folder."""

NEAR_MAX: Final = 4

Checked: TypeAlias = Literal["run", "recorded", "read"]
"""How the lines are known to be right: the tests run them, replay what the SDK sent, or its source was read."""

Group: TypeAlias = Literal["web", "server", "mobile", "plain"]
_ORDER: Final[tuple[Group, ...]] = ("web", "server", "mobile", "plain")


@dataclass(frozen=True, slots=True)
class Library:
    """What an SDK calls itself in `context.library`; `versions` is how its versions begin."""

    name: str
    versions: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to paste, with the placeholders that a `Place` fills."""

    title: str
    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Sdk:
    """One SDK.

    Attributes:
        name: the name of its file.
        package: what is installed; `version` is the one that was looked at.
        tls: whether it speaks https only.
        trust: the line of `trust.py` that makes it trust the sandbox's authority.
        superseded_by: the name of the SDK that Segment offers in its place.
        batching: when it sends, by default.
        retries: what it sends again.
        library: None where it does not say who it is.
        agents: how its User-Agent begins, where that is not name and version of `library`.
    """

    name: str
    title: str
    package: str
    version: str
    group: Group
    checked: Checked
    trust: str
    batching: str
    retries: str
    gotchas: tuple[str, ...]
    snippets: tuple[Snippet, ...]
    tls: bool = False
    superseded_by: str | None = None
    library: Library | None = None
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an SDK is to send: the sandbox's addresses, and a source.

    `authority` is the certificate file of the one that signed for `tls_url`.
    """

    url: str
    tls_url: str
    authority: str
    source: str
    write_key: str


@cache
def all_sdks() -> tuple[Sdk, ...]:
    """Return every SDK: those for web pages, servers and phones, each by name, then plain HTTP."""
    sdks = [_read(file) for file in DATA.glob("*.toml")]
    return tuple(sorted(sdks, key=lambda sdk: (_ORDER.index(sdk.group), sdk.name)))


def _read(file: Path) -> Sdk:
    data: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    library = data.pop("library", None)
    return Sdk(
        name=file.stem,
        library=Library(**library) if library else None,
        gotchas=tuple(data.pop("gotchas")),
        agents=tuple(data.pop("agents", ())),
        snippets=tuple(Snippet(**each) for each in data.pop("snippets")),
        **data,
    )


def sdk_of(name: str, version: str = "") -> Sdk | None:
    """Return the SDK that calls itself so in `context.library`; None where none is known to."""
    named = [sdk for sdk in all_sdks() if sdk.library is not None and sdk.library.name == name]
    fitting = [sdk for sdk in named if sdk.library is not None and version.startswith(sdk.library.versions)]
    return max(fitting, key=lambda sdk: len(sdk.library.versions if sdk.library else ""), default=None)


def sdk_of_agent(user_agent: str) -> Sdk | None:
    """Return the SDK whose requests call themselves so; None where none is known to."""
    named = next((sdk for sdk in all_sdks() if sdk.agents and user_agent.startswith(sdk.agents)), None)
    name, _, version = user_agent.partition("/")
    return named or sdk_of(name, version)


def near(asked: str) -> list[str]:
    """Return the names of the SDKs that may be meant, the likeliest first: by name, package, title and library."""
    word = asked.casefold()
    within = [sdk.name for sdk in all_sdks() if any(word in text.casefold() for text in _words(sdk))]
    alike = difflib.get_close_matches(word, [sdk.name for sdk in all_sdks()], NEAR_MAX)
    return list(dict.fromkeys([*within, *alike]))[:NEAR_MAX]


def _words(sdk: Sdk) -> tuple[str, ...]:
    return sdk.name, sdk.package, sdk.title, sdk.library.name if sdk.library else ""


def shown(sdk: Sdk, place: Place) -> dict[str, Any]:
    """Show an SDK with its lines filled in, as `GET /_sandbox/sdks` does."""
    return {
        "name": sdk.name,
        "title": sdk.title,
        "package": sdk.package,
        "version": sdk.version,
        "group": sdk.group,
        "needs_tls": sdk.tls,
        "checked": sdk.checked,
        "superseded_by": sdk.superseded_by,
        "snippets": [
            {"title": each.title, "language": each.language, "code": _filled(each.code, sdk, place)}
            for each in sdk.snippets
        ],
        "batching": sdk.batching,
        "retries": sdk.retries,
        "gotchas": [_filled(each, sdk, place) for each in sdk.gotchas],
        "trust": trust_line(sdk.trust, place.authority),
    }


def _filled(text: str, sdk: Sdk, place: Place) -> str:
    """Put the place into a text; an SDK that speaks https only gets the address for TLS."""
    url = place.tls_url if sdk.tls else place.url
    parts = urlsplit(url)
    values = {
        "__WRITE_KEY__": place.write_key,
        "__SOURCE__": place.source,
        "__URL__": url,
        "__HOST__": parts.netloc,
        "__NAME__": parts.hostname or "",
        "__PORT__": str(parts.port or ""),
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
