"""An attempt's record as JSON: exchanges, logs, callback return, thrown error."""

import base64
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

import orjson

from sandbox.clock import iso
from sandbox.outcomes import AttemptRecord, InsertRun, LogLine
from sandbox.wire import Exchange, Response

BODY_KEPT_BYTES: Final = 1024 * 1024
"""How much of each request and response body is kept."""


SHARED_BY_A_BATCH: Final = ("exchanges", "logs", "returned", "error", "warnings")
"""What a call with several events showed; it is kept with the first of them."""


def to_json(record: AttemptRecord) -> str:
    """Write the record as it is stored and shown."""
    return orjson.dumps(
        {
            **_run(record),
            "insert": {"function": record.insert.function, **_run(record.insert)} if record.insert else None,
            "batch": asdict(record.batch) if record.batch else None,
        },
    ).decode()


def _run(run: AttemptRecord | InsertRun) -> dict[str, Any]:
    """Show what a run showed."""
    return {
        "exchanges": shown_exchanges(run.exchanges),
        "logs": shown_logs(run.logs),
        "returned": run.returned,
        "error": run.error,
        "warnings": run.warnings,
    }


def shown_exchanges(exchanges: Iterable[Exchange]) -> list[dict[str, Any]]:
    """Show requests and what became of them."""
    return [_exchange(exchange) for exchange in exchanges]


def shown_logs(logs: Iterable[LogLine]) -> list[dict[str, Any]]:
    """Show console output."""
    return [{"at": iso(line.at_ms), "level": line.level, "text": line.text} for line in logs]


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
    if exchange.fault is not None:
        shown["fault"] = exchange.fault
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
