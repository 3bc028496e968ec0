"""The snippet that a web page carries, ready to paste: Segment's own, which loads analytics.js from here."""

from pathlib import Path
from typing import Any, Final

import orjson

from sandbox.access import ApiError

BUILT: Final = Path(__file__).parent.parent / "_static" / "analytics" / "snippet.html"


def snippet(sources: list[dict[str, Any]], slug: str | None, origin: str) -> str:
    """Fill a source's write key and the sandbox's address into the snippet.

    Args:
        sources: as `GET /_sandbox/workspace` shows them.
        slug: the source; may be left out where there is only one.
        origin: where the page is to load from.

    Raises:
        ApiError: there is no such source, or the snippet is not built.
    """
    key = _source(sources, slug)["write_key"]
    if not BUILT.is_file():
        raise ApiError(
            503, "not_built", "The snippet is not built.", "Run `python3 hatch_build.py`, which needs Node."
        )
    text = BUILT.read_text(encoding="utf-8")
    return text.replace("__WRITE_KEY__", _in_script(key)).replace("__ORIGIN__", _in_script(origin))


def _source(sources: list[dict[str, Any]], slug: str | None) -> dict[str, Any]:
    if slug is None and len(sources) == 1:
        return sources[0]
    found = next((each for each in sources if each["slug"] == slug), None)
    if found is None:
        message = "Which source is meant?" if slug is None else f"There is no source {slug}."
        names = ", ".join(each["slug"] for each in sources)
        raise ApiError(404, "no_such_source", message, f"Add ?source= and one of: {names}.")
    return found


def _in_script(text: str) -> str:
    """Write a text into a string of a script that stands in a page, which no `</script>` in it may end."""
    return orjson.dumps(text)[1:-1].decode().replace("<", "\\u003c")
