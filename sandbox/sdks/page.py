"""docs/sdks.md, made from the data."""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.sdks import DEFAULT_AUTHORITY, Place, all_sdks, shown
from sandbox.sdks.listing import DEFAULT_TLS_URL, DEFAULT_URL

EXAMPLE: Final = Place(
    url=DEFAULT_URL,
    tls_url=DEFAULT_TLS_URL,
    authority=DEFAULT_AUTHORITY,
    source="website",
    write_key="sandboxWebsiteWriteKey0000000001",
)
"""The embedded workspace at the default addresses."""

_HEAD: Final = """\
# Segment's SDKs, and how each is pointed here

What an SDK has to be told so that it sends to the sandbox, what it does by itself, and what to mind. The lines are
for the embedded workspace at the default addresses; `segment-sandbox sdk NAME` prints them with your address and
write key, and `GET /_sandbox/sdks` gives them as [JSON](api.md#get-_sandboxsdks). What
has arrived from which SDK, `segment-sandbox doctor` [says](doctor.md).

An SDK that speaks **https only** needs `segment-sandbox up --tls`, and has to trust the sandbox's authority
([TLS](cli.md#tls)); the line for that stands below each SDK. Every other speaks http as well.

"""

_CHECKED: Final = {
    "run": "The tests run these very lines.",
    "recorded": "The tests replay what this version sent; the lines themselves are from its source and documents.",
    "read": "From its source and documents; not run here.",
}
_SPEAKS: Final = {False: "http or https", True: "https only"}
_SHORT: Final = {"run": "run by the tests", "recorded": "recorded", "read": "read, not run"}


def page() -> str:
    """Write the whole page."""
    sdks = [shown(sdk, EXAMPLE) for sdk in all_sdks()]
    sections = ["\n".join(_section(sdk)) for sdk in sdks]
    return _HEAD + "\n".join(_table(sdks)) + "\n\n" + "\n".join(sections)


def _table(sdks: list[dict[str, Any]]) -> Iterator[str]:
    yield "| name | SDK | package | speaks | the lines are |"
    yield "|---|---|---|---|---|"
    for sdk in sdks:
        speaks, checked = _SPEAKS[sdk["needs_tls"]], _SHORT[sdk["checked"]]
        yield f"| `{sdk['name']}` | {sdk['title']} | {sdk['package']} | {speaks} | {checked} |"


def _section(sdk: dict[str, Any]) -> Iterator[str]:
    yield f"## `{sdk['name']}`\n"
    old = (
        f" Segment's newer one is [`{sdk['superseded_by']}`](#{sdk['superseded_by']})."
        if sdk["superseded_by"]
        else ""
    )
    yield f"{sdk['title']}: {sdk['package']}, version {sdk['version']}. {_CHECKED[sdk['checked']]}{old}\n"
    for snippet in sdk["snippets"]:
        yield f"{snippet['title']}:\n\n```{snippet['language']}\n{snippet['code']}```\n"
    yield f"- Batches: {sdk['batching']}."
    yield f"- Sends again: {sdk['retries']}."
    yield f"- Speaks {_SPEAKS[sdk['needs_tls']]}. To trust the sandbox: `{sdk['trust']}`."
    yield from (f"- {gotcha}" for gotcha in sdk["gotchas"])
    yield ""
