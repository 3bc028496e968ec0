"""Sends events with Segment's Python SDK, round after round, and prints what the SDK complained of.

One argument: `{"host", "writeKey", "rounds": [["event", …], …], "maxRetries", "oauth": {"clientId", "clientKey",
"keyId", "authServer"}?}`.
"""

import json
import sys

from segment.analytics.client import Client


def main() -> None:
    """Send every round, each flushed before the next."""
    order = json.loads(sys.argv[1])
    errors: list[str] = []
    oauth = order.get("oauth") or {}
    client = Client(
        order["writeKey"],
        host=order["host"],
        on_error=lambda error, _: errors.append(str(error)),
        upload_interval=0.05,
        timeout=5,
        max_retries=order["maxRetries"],
        oauth_client_id=oauth.get("clientId"),
        oauth_client_key=oauth.get("clientKey"),
        oauth_key_id=oauth.get("keyId"),
        oauth_auth_server=oauth.get("authServer"),
    )
    for events in order["rounds"]:
        for event in events:
            client.track("user-1", event)
        client.flush()
    client.shutdown()
    sys.stdout.write(json.dumps(errors))


if __name__ == "__main__":
    main()
