"""How names become identifiers at Segment: the slug of an App, the key of a setting."""

import re
import unicodedata

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def slug_of(name: str) -> str:
    """Make the slug that the Developer Center gives to an App of this name.

    Dashes are neither collapsed nor trimmed, and what is neither letter nor digit vanishes:
    `CustomFit.ai` becomes `customfitai`. The result is empty when nothing is left.

    Source: the slugs of the Developer Center's Apps in the catalog data of segment-docs, 2019.
    """
    dashed = re.sub(r"\s+", "-", name.lower().strip())
    return re.sub(r"[^a-z0-9-]", "", dashed)


def key_of(label: str) -> str:
    """Make the camelCase key that the Settings Builder derives from a label; empty when no letter is left.

    Source: segment-docs, Build a webhook, Settings (`Custom Setting` has the key `customSetting`).
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    words = [match.group().lower() for match in _WORD.finditer(plain)]
    return "".join(words[:1] + [word.capitalize() for word in words[1:]])
