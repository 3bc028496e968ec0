"""Which values in a workspace are secret."""

from collections.abc import Iterator
from math import isfinite

from sandbox.workspace.models import API_KEY, SettingValue, Workspace


def secrets_of(workspace: Workspace) -> frozenset[str]:
    """Return the values of sensitive settings as they may stand in a text, apiKey's always.

    The settings of the workspace's own functions have no definitions that could say which of them are sensitive, so
    that only a setting named apiKey counts among them.
    """
    sensitive = {each.key for each in workspace.app.settings if each.sensitive}
    found = [
        (value, key == API_KEY.key or (each.function is None and key in sensitive))
        for each in workspace.destinations
        for key, value in each.settings.items()
    ]
    found += [(value, key == API_KEY.key) for each in workspace.functions for key, value in each.settings.items()]
    return frozenset(text for value, secret in found if secret for text in _texts(value) if text)


def _texts(value: SettingValue) -> Iterator[str]:
    """Give the texts that a value holds; a number in all the ways in which it is written."""
    match value:
        case str():
            yield value
        case list():
            yield from value
        case dict():
            yield from value.values()
        case bool():
            pass
        case _:
            yield str(value)
            if isfinite(value) and value == int(value):
                yield str(int(value))
