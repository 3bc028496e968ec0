#!/usr/bin/env python3
"""A minimal subscription webhook: `python3 server.py`, then http://127.0.0.1:9000/segment is its endpoint.

Each request carries one event as JSON, and the customer's API key as the user name of Basic authorization.
Answer 200 to an event that you took, 501 to a type that you have no use for, 401 to a wrong key, 400 to a
broken event, and 429 or 503 when Segment shall come again later.
"""

import base64
import binascii
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API_KEY = "local-api-key"
SUPPORTED = {"identify", "track", "page", "screen", "group", "alias", "delete"}


class Webhook(BaseHTTPRequestHandler):
    """Answers each event with a status and, where something is wrong, a message for Segment to show."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one event."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, message = take(self.headers.get("Authorization", ""), body)
        self.log_message("%s", message)
        self.answer(status, message)

    def answer(self, status: int, message: str) -> None:
        """Send a status and a JSON object with a message."""
        body = json.dumps({"message": message}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def take(authorization: str, body: bytes) -> tuple[int, str]:
    """Do something with an event; return the status to answer and a message."""
    if api_key(authorization) != API_KEY:
        return 401, "The API key is not valid"
    try:
        event = json.loads(body)
        kind = str(event["type"])
    except (ValueError, TypeError, LookupError):
        return 400, "The body is not an event"
    if kind not in SUPPORTED:
        return 501, f"{kind} is not supported"
    return 200, f"Took {kind} of {event.get('userId') or event.get('anonymousId')}"


def api_key(authorization: str) -> str:
    """Read the API key from a header such as `Basic bG9jYWwtYXBpLWtleTo=`."""
    try:
        decoded = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[0]


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 9000), Webhook).serve_forever()
