"""An attempt's record as JSON: exchanges, logs, callback return, thrown error."""

import base64
from typing import Any, Final

import orjson

from sandbox.clock import iso
from sandbox.outcomes import AttemptRecord
from sandbox.wire import Exchange, Response

BODY_KEPT_BYTES: Final = 1024 * 1024
"""How much of each request and response body is kept."""


def to_json(record: AttemptRecord) -> str:
    """Write the record as it is stored and shown."""
    return orjson.dumps(
        {
            "exchanges": [_exchange(exchange) for exchange in record.exchanges],
            "logs": [{"at": iso(line.at_ms), "level": line.level, "text": line.text} for line in record.logs],
            "returned": record.returned,
            "error": record.error,
        },
    ).decode()


def _exchange(exchange: Exchange) -> dict[str, Any]:
    """Show one exchange; a request that got no response has `error` in the response's place."""
    request, outcome = exchange.request, exchange.outcome
    shown: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            **body_fields(request.body),
        },
        "started_at": iso(exchange.started_at_ms),
        "duration_ms": round(exchange.duration_ms, 3),
    }
    if isinstance(outcome, Response):
        shown["response"] = {
            "status": outcome.status,
            "reason": outcome.reason,
            "headers": outcome.headers,
            **body_fields(outcome.body),
        }
    else:
        shown["error"] = {"code": outcome.code, "message": outcome.message}
    return shown


def body_fields(body: bytes) -> dict[str, Any]:
    """Show a body as `body`, text where it is text, else as `body_base64`; `body_cut` where it was too long."""
    kept = body[:BODY_KEPT_BYTES]
    cut = {"body_cut": len(body)} if len(body) > len(kept) else {}
    try:
        return {"body": kept.decode(), **cut}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(kept).decode(), **cut}
