"""One error shape for the whole API: `{"error": {"code", "message", "hint"}}`."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

import orjson
from aiohttp import web

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ApiError(Exception):
    """An answer that is not good news: HTTP status, a code for programs, a sentence and a hint for people."""

    status: int
    code: str
    message: str
    hint: str = ""

    def response(self) -> web.Response:
        """Show the error in the API's one shape."""
        error = {"code": self.code, "message": self.message, "hint": self.hint}
        return web.json_response(
            {"error": error}, status=self.status, dumps=lambda value: orjson.dumps(value).decode()
        )


def not_found(what: str, hint: str) -> ApiError:
    """Say that something is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "not_found", f"There is no {what}.", hint)


@web.middleware
async def in_one_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error on the way into the API's shape; a fault of ours is logged with its traceback."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{request.method} is not allowed at {request.path}."
        return ApiError(error.status, "method_not_allowed", message, f"Use {allowed}.").response()
    except web.HTTPException as error:
        code = HTTPStatus(error.status).name.lower()
        hint = "The paths are listed in docs/api.md."
        return ApiError(error.status, code, f"{request.path}: {error.reason}.", hint).response()
    except Exception:
        log.exception("%s %s failed inside the sandbox", request.method, request.path)
        message = "The sandbox itself failed."
        return ApiError(500, "internal", message, "Its log has the traceback; please report it.").response()
