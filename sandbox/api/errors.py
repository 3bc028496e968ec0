"""One error shape for the whole API: `{"error": {"code", "message", "hint"}}`."""

import logging
from http import HTTPStatus

from aiohttp import web

from sandbox.access import ApiError, Handler

log = logging.getLogger(__name__)


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
