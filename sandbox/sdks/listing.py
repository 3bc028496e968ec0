"""All the SDKs, with the lines that point them at one sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.errors import UserMistakeError
from sandbox.sdks import DEFAULT_AUTHORITY, Place, all_sdks, shown

DEFAULT_URL: Final = "http://127.0.0.1:8484"
DEFAULT_TLS_URL: Final = "https://127.0.0.1:8485"
NO_KEY: Final = "THE_WRITE_KEY_OF_A_SOURCE"


def listing(
    sources: Sequence[Mapping[str, Any]],
    slug: str | None,
    *,
    url: str = DEFAULT_URL,
    tls: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Show every SDK with its lines filled in, as `GET /_sandbox/sdks` answers.

    Args:
        sources: as `GET /_sandbox/workspace` shows them.
        slug: the source whose write key is shown; None means the first that is enabled.
        url: where the sandbox answers, by default where `up` would.
        tls: its `url` for TLS and the file of the `authority`; None where it speaks no TLS, and the lines name the
            address where `up --tls` would.

    Raises:
        UserMistakeError: there is no such source.
    """
    source = _source(sources, slug)
    place = Place(
        url=url,
        tls_url=tls["url"] if tls else DEFAULT_TLS_URL,
        authority=tls["authority"] if tls else DEFAULT_AUTHORITY,
        source=source["slug"],
        write_key=source["write_key"],
    )
    return {
        "url": url,
        "tls": tls,
        "source": place.source,
        "write_key": place.write_key,
        "sdks": [shown(sdk, place) for sdk in all_sdks()],
    }


def _source(sources: Sequence[Mapping[str, Any]], slug: str | None) -> Mapping[str, Any]:
    if slug is None:
        enabled = [each for each in sources if each["enabled"]]
        return next(iter([*enabled, *sources]), {"slug": "", "write_key": NO_KEY})
    found = next((each for each in sources if each["slug"] == slug), None)
    if found is None:
        names = ", ".join(each["slug"] for each in sources)
        raise UserMistakeError(f"There is no source {slug}.", f"Name one of: {names}." if names else "Add one.")
    return found
