"""Sends events with one of Segment's Python SDKs, round after round, and prints what the SDK complained of.

One argument: `{"package", "host", "writeKey", "rounds": [["event", …], …], "sixCalls"?, "options": {…}, "oauth":
{"clientId", "clientKey", "keyId", "authServer"}?}`. The six calls go before the rounds; `options` are the client's.
"""

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Send every round, each flushed before the next."""
    order = json.loads(sys.argv[1])
    errors: list[str] = []
    client = importlib.import_module(order["package"] + ".client").Client(
        order["writeKey"],
        host=order["host"],
        on_error=lambda error, _: errors.append(str(error)),
        **order["options"],
        **oauth(order.get("oauth")),
    )
    if order.get("sixCalls"):
        six_calls(client)
        client.flush()
    for events in order["rounds"]:
        for event in events:
            client.track("user-1", event)
        client.flush()
    client.shutdown()
    sys.stdout.write(json.dumps(errors))


def oauth(given: dict[str, str] | None) -> dict[str, str]:
    """Name what OAuth needs as the client does."""
    names = {"clientId": "client_id", "clientKey": "client_key", "keyId": "key_id", "authServer": "auth_server"}
    return {f"oauth_{names[name]}": value for name, value in (given or {}).items()}


def six_calls(client: Any) -> None:
    """Make one call of each type."""
    client.identify("user-1", {"plan": "pro"})
    client.track("user-1", "Signed Up", {"plan": "pro"})
    client.page("user-1", "Docs", "Start", {"path": "/docs"})
    client.screen("user-1", "Docs", "Home", {"width": 1080})
    client.group("user-1", "group-1", {"name": "Acme"})
    client.alias("user-1", "user-2")


if __name__ == "__main__":
    main()
