"""The authorization server for sources: a token for whoever signs with a key of the workspace file.

Source of the request and the answers: segment-docs, OAuth 2.0; the sources of analytics-python and analytics-node.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from sandbox.journal import Journal
from sandbox.sources.tokens import LIFETIME_S, Tokens
from sandbox.sources.tracking_api import TrackingApi

SCOPE: Final = "tracking_api:write"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM: Final = "application/x-www-form-urlencoded"
CLAIMS: Final = ("sub", "aud", "iat", "exp", "jti")
SERVERS: Final = ("https://oauth2.segment.io", "https://oauth2.eu1.segmentapis.com")
"""What an assertion may be meant for besides the address that was called; the sandbox stands in for both."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that may sign for a source; `client_id` None lets it sign for any application."""

    source: str
    kid: str
    public_key: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class NoTokenError(Exception):
    """Why there is no token: an HTTP status, a code of RFC 6749, and a sentence, which SDKs show."""

    status: HTTPStatus
    error: str
    description: str


class TokenServer:
    """Answers `/token`."""

    def __init__(self, tokens: Tokens, tracking: TrackingApi, journal: Journal) -> None:
        self._tokens = tokens
        self._tracking = tracking
        self._journal = journal
        self._signers: Sequence[Signer] = ()

    def use(self, signers: Sequence[Signer]) -> None:
        """Give tokens to those who sign with these keys."""
        self._signers = signers

    def routes(self) -> list[web.RouteDef]:
        """Return the route, every method included."""
        return [web.route("*", "/token", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        """Give a token, or say in JSON why not; both stand in the journal."""
        body = await self._tracking.body_or_answer(request)
        if isinstance(body, web.Response):
            return body
        try:
            sources = self._sources(request, body)
        except NoTokenError as refused:
            return await self._refuse(request, refused)
        await self._journal.note("token", sources=sorted(sources))
        token = self._tokens.issue(sources)
        return _json(
            HTTPStatus.OK,
            {"access_token": token, "token_type": "Bearer", "scope": SCOPE, "expires_in": LIFETIME_S},
        )

    def _sources(self, request: web.Request, body: bytes) -> frozenset[str]:
        """Return the sources that the request gets a token for.

        Raises:
            NoTokenError: it gets none.
        """
        if request.method != "POST":
            message = f"{request.method} is not known at {request.path}; send a POST"
            raise NoTokenError(HTTPStatus.METHOD_NOT_ALLOWED, "invalid_request", message)
        if request.content_type != FORM:
            message = f"the body is {request.content_type}; expected {FORM}"
            raise NoTokenError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "invalid_request", message)
        return check(_assertion(body), self._signers, (f"{request.scheme}://{request.host}", *SERVERS))

    async def _refuse(self, request: web.Request, refused: NoTokenError) -> web.Response:
        headers = await self._tracking.write_down(
            request, refused.status, refused.error, refused.description, body=b"", source=None
        )
        answer = {"error": refused.error, "error_description": refused.description}
        return _json(refused.status, answer, headers)


def _assertion(body: bytes) -> str:
    """Take the client assertion out of a form.

    Raises:
        NoTokenError: the form asks for something else.
    """
    fields = parse_qs(body.decode("utf-8", "replace"))
    given = {name: values[0] for name, values in fields.items()}
    if given.get("grant_type") != "client_credentials":
        raise _no_token("unsupported_grant_type", "grant_type must be client_credentials")
    if given.get("client_assertion_type") != ASSERTION_TYPE:
        raise _no_token("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    if SCOPE not in given.get("scope", "").split():
        raise _no_token("invalid_scope", f"scope must be {SCOPE}; the sandbox gives no other tokens")
    if "client_assertion" not in given:
        raise _no_token("invalid_request", "client_assertion is missing")
    return given["client_assertion"]


def check(assertion: str, signers: Iterable[Signer], audiences: Sequence[str]) -> frozenset[str]:
    """Return the sources for which a client assertion, a JWT, was signed.

    Real time governs it, as it governs the SDK that made it. `iss` is not looked at: documents and SDKs differ.

    Raises:
        NoTokenError: 401 for a signature, application or audience that is not known; 400 for all else.
    """
    good = [signer for signer in _named(assertion, signers) if _signed_by(assertion, signer)]
    if not good:
        raise _unknown_client("the signature fits no key of that kid in the workspace file, by RS256")
    claims = _claims(assertion, good[0], audiences)
    sources = {each.source for each in good if each.client_id in (None, claims["sub"])}
    if not sources:
        raise _unknown_client("sub is not the client_id that the workspace file has for this key")
    return frozenset(sources)


def _named(assertion: str, signers: Iterable[Signer]) -> list[Signer]:
    """Find the keys of the name that the assertion carries."""
    import jwt  # noqa: PLC0415 - only who uses OAuth waits for it

    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
    except jwt.InvalidTokenError as error:
        raise _no_token("invalid_request", f"client_assertion is no JWT: {error}") from None
    found = [each for each in signers if each.kid == kid]
    if not found:
        raise _unknown_client("no source in the workspace file has a key of that kid")
    return found


def _signed_by(assertion: str, signer: Signer) -> bool:
    import jwt  # noqa: PLC0415 - as above

    try:
        jwt.PyJWS().decode(assertion, signer.public_key, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return False
    return True


def _claims(assertion: str, signer: Signer, audiences: Sequence[str]) -> dict[str, Any]:
    """Read what the assertion claims, if it is in time and meant for one of the audiences."""
    import jwt  # noqa: PLC0415 - as above

    audience = [*audiences, *(f"{each}/" for each in audiences)]
    try:
        return jwt.decode(
            assertion, signer.public_key, algorithms=["RS256"], audience=audience, options={"require": list(CLAIMS)}
        )
    except jwt.ExpiredSignatureError:
        raise _no_token("invalid_request", "Token is expired") from None
    except jwt.ImmatureSignatureError:
        raise _no_token("invalid_request", "Token used before issued") from None
    except jwt.InvalidAudienceError:
        raise _unknown_client(f"aud must be one of {', '.join(audiences)}") from None
    except jwt.InvalidTokenError as error:
        raise _no_token("invalid_request", f"client_assertion is no proper one: {error}") from None


def _no_token(error: str, description: str) -> NoTokenError:
    return NoTokenError(HTTPStatus.BAD_REQUEST, error, description)


def _unknown_client(description: str) -> NoTokenError:
    return NoTokenError(HTTPStatus.UNAUTHORIZED, "invalid_client", description)


def _json(status: HTTPStatus, answer: object, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(answer),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
