"""The pixel: a call in the address of an image.

Source: segment-docs, HTTP API, Pixel tracking; AMP's analytics component, which names fields by dotted parameters.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from sandbox.sources.bodies import MalformedError, parse

GIF: Final = bytes.fromhex(
    "474946383961"  # GIF89a
    "01000100800000"  # one pixel by one, two colours
    "000000ffffff"  # black, white
    "21f90401000000002c00000000010001000002024401003b"  # the first is transparent; one pixel of it; the end
)
"""A transparent image of one pixel."""

_URL_SAFE: Final = str.maketrans(" -_", "++/")
"""Base64 as an address may hold it; a plus that was not escaped has become a space."""


def call_of(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Read the call in an address: `data` in base64 of either alphabet, padded or not, else a field a parameter.

    Raises:
        MalformedError: `data` is no base64, or no JSON object; or two parameters exclude each other.
    """
    data = parameters.get("data")
    return _nested(parameters) if data is None else parse(_decoded(data))


def _decoded(data: str) -> bytes:
    plain = data.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("the parameter data is not base64") from None


def _nested(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Make `properties.subject=x` a field of the object `properties`; all values stay strings."""
    call: dict[str, Any] = {}
    for name, value in parameters.items():
        _put(call, name, value)
    return call


def _put(call: dict[str, Any], name: str, value: str) -> None:
    *objects, last = name.split(".")
    holder: Any = call
    for each in objects:
        holder = holder.setdefault(each, {})
        if not isinstance(holder, dict):
            raise MalformedError(f"the parameter {name} goes into {each}, which has a value already")
    if isinstance(holder.get(last), dict):
        raise MalformedError(f"the parameter {name} has a value, and fields as well")
    holder[last] = value
