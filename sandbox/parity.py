"""How true the sandbox is to Segment: one table, of which docs/fidelity.md is made.

`python -m sandbox.parity > docs/fidelity.md` writes the page anew.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final, TypeAlias


class Status(StrEnum):
    """How the sandbox stands to a behaviour of Segment's."""

    SAME = "same"
    SIMPLIFIED = "simplified"
    UNKNOWN = "unknown"
    NOT_EMULATED = "not emulated"


SAME, SIMPLIFIED, UNKNOWN, NOT_EMULATED = Status

MEANINGS: Final = {
    SAME: "does what Segment is known to do, by the source named",
    SIMPLIFIED: "does less than Segment, or something else, as the note says",
    UNKNOWN: "nobody outside Segment knows; the note says what the sandbox chose",
    NOT_EMULATED: "is not there; the note says what happens instead",
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that Segment does.

    Attributes:
        area: the part of Segment that it belongs to.
        source: where it is known from, as a reader can find it; what comes nearest where it is unknown.
        note: what the sandbox does; empty only where it does the same.
    """

    area: str
    behaviour: str
    status: Status
    source: str
    note: str = ""


Row: TypeAlias = tuple[str, Status, str, str]

_HTTP = "segment-docs, HTTP API"
_COMMON = "segment-docs, Spec: Common fields"
_DISCARDS = "segment-docs, Delivery Overview, Discard reasons"
_WEBHOOK = "segment-docs, Build a webhook (2020-01)"
_BASE = "segmentio/integration, the base of Segment's own destinations"
_FUNCTIONS = "segment-docs, Destination functions"
_RUNTIME = "segment-docs, Functions, Runtime"
_SOURCE_FUNCTIONS = "segment-docs, Source functions"
_INSERT_FUNCTIONS = "segment-docs, Destination insert functions"
_BATCHING = f"{_FUNCTIONS}, Batching"
_TEST_KIT = "segmentio/functions-library, the test kit for functions"
_FACADE = "measured with @segment/facade"
_TRAFFIC = "recorded traffic of the SDKs"
_NONE = "not published"
_OAUTH = "segment-docs, OAuth 2.0 for the Tracking API"
_OAUTH_SDKS = "sources of analytics-python and analytics-node"


def _in(area: str, *rows: Row) -> tuple[Behaviour, ...]:
    return tuple(Behaviour(area, *row) for row in rows)


BEHAVIOURS: Final = (
    *_in(
        "Tracking API: paths and keys",
        ("The six calls at their long paths, `/v1/track` and so on", SAME, _HTTP, ""),
        ("The six calls at one letter, `/v1/t` and so on", SAME, f"analytics.js, {_TRAFFIC}", ""),
        ("Batches at `/v1/batch`, `/v1/import` and `/v1/b`", SAME, f"{_HTTP}, Batch; {_TRAFFIC}", ""),
        (
            "A call whose body has no `type` takes it from the path",
            SAME,
            _HTTP,
            "a type in the body that contradicts the path wins; what Segment does then is not published",
        ),
        (
            "The same paths without `/v1`, which some mobile SDKs call",
            SIMPLIFIED,
            "sources of the Kotlin, Swift and React Native SDKs",
            "answered like those with it, whatever address the SDK was given",
        ),
        (
            "`/v1/m`, where client-side SDKs report on themselves",
            SAME,
            f"segment-docs, Analytics.js FAQ; {_TRAFFIC}",
            "200, and what it says is forgotten",
        ),
        (
            "`GET /v1/pixel/…` answers 200 and a transparent image, also where the call is refused",
            SAME,
            "segment-docs, Pixel Tracking API",
            "what was refused is shown",
        ),
        ("The `channel` of a pixel, and its `context.ip`", UNKNOWN, _NONE, "browser, and the caller's address"),
        (
            "`data` of a pixel together with other parameters",
            UNKNOWN,
            _NONE,
            "`data` alone counts",
        ),
        (
            "Two regions; traffic in the wrong one is refused",
            SIMPLIFIED,
            "segment-docs, Regional Segment",
            "one address stands for both, and no region is checked",
        ),
        ("The write key as Basic user with an empty password", SAME, f"{_HTTP}, Authentication", ""),
        ("Basic without the colon is accepted", SAME, f"{_HTTP}, Authentication", ""),
        ("The write key as `writeKey` in the body", SAME, f"{_HTTP}, Authentication", ""),
        ("The write key inside the first message of a batch", SAME, f"analytics.js, {_TRAFFIC}", ""),
        ("Which key wins when header and body disagree", UNKNOWN, _NONE, "the Basic header; it is noted"),
        ("No write key at all is answered 400", SAME, "analytics-go, issue 205", ""),
        (
            "A short, implausible write key is answered 400",
            SIMPLIFIED,
            "analytics-go, issue 205",
            "200 like every unknown key, unless `strict` is on",
        ),
        (
            "An unknown write key is answered 200, and the event is lost",
            SIMPLIFIED,
            f"issues of several SDKs; {_DISCARDS}",
            "the same answer; the event is shown under `project_not_found`. With `strict = true` it is answered 400",
        ),
        (
            "A disabled source is answered 200, and the event is dropped as `source_disabled`",
            SAME,
            _DISCARDS,
            "",
        ),
        (
            "CORS: what the real service allows",
            UNKNOWN,
            "only what SDKs need is known",
            "every origin, and the headers that the browser asks for, by name",
        ),
        (
            "TLS, for SDKs that speak https only",
            SIMPLIFIED,
            "sources of the SDKs",
            "`up --tls`, with an authority of the sandbox's own that has to be trusted",
        ),
        (
            "What points an SDK here: Analytics.js, Node, Python, plain HTTP, the pixel",
            SAME,
            "the SDKs themselves, run by the tests",
            "",
        ),
        (
            "What points an SDK here: C#, Clojure, Flutter, Go, Java, Kotlin, PHP, Ruby, Rust, Swift and older ones",
            SIMPLIFIED,
            "sources of the SDKs",
            "the lines come from there and are not run here; of React Native, recorded traffic is replayed",
        ),
        ("Other methods at these paths", UNKNOWN, _NONE, "405"),
        ("Unknown paths below `/v1`", UNKNOWN, _NONE, "404"),
    ),
    *_in(
        "CDN",
        (
            "`analytics.min.js` is analytics.js with the write key filled in",
            SIMPLIFIED,
            "the package @segment/analytics-next",
            "one version, the one built in; a line before it has it load everything else from the sandbox",
        ),
        (
            "A source's settings",
            SIMPLIFIED,
            f"{_TRAFFIC}; sources of Segment's mobile libraries",
            "where to send to, without metrics, and the destinations, all in cloud-mode; no plan, no middleware",
        ),
        (
            "Settings of an unknown write key are answered 404",
            SIMPLIFIED,
            "analytics-react-native, issue 873",
            "only with `strict = true`; else they are served, and what is sent with the key is shown",
        ),
        ("The body of that 404", UNKNOWN, _NONE, "JSON as for the Tracking API; for the library a comment"),
        (
            "`analytics.classic.js`, for pages whose policy forbids analytics.js",
            NOT_EMULATED,
            "sources of analytics.js",
            "404, and a comment that says so; npm has no build of it",
        ),
        (
            "CORS of the CDN",
            SIMPLIFIED,
            "analytics-node, issue 359, says any origin",
            "the origin that asks, by name",
        ),
    ),
    *_in(
        "Tracking API: OAuth",
        (
            "`POST /token` gives a token for a client assertion signed by RS256",
            SAME,
            f"{_OAUTH}; {_OAUTH_SDKS}",
            "one address stands for the servers of both regions",
        ),
        (
            "401 `invalid_client`, 400 `Token is expired` and `Token used before issued`, 415",
            SAME,
            _OAUTH_SDKS,
            "the other descriptions are ours",
        ),
        (
            "What `aud` may be",
            UNKNOWN,
            _OAUTH,
            "the address that was called, or that of Segment's server in either region, with or without a slash",
        ),
        ("`iss` is not looked at", SAME, f"{_OAUTH} and {_OAUTH_SDKS}, which differ", ""),
        ("An assertion without `sub`, `aud`, `iat`, `exp` or `jti`", UNKNOWN, _NONE, "400 `invalid_request`"),
        ("An assertion that was used already", UNKNOWN, _NONE, "good until it expires"),
        ("An assertion good for longer than a minute", UNKNOWN, f"{_OAUTH} asks for less", "taken"),
        (
            "Scopes",
            SIMPLIFIED,
            _OAUTH,
            "`tracking_api:write` alone; another is 400 `invalid_scope`",
        ),
        (
            "An application, its keys and sources, and how long its tokens are good",
            SIMPLIFIED,
            _OAUTH,
            "keys stand with each source in the workspace file; tokens are good for a day, or until a restart",
        ),
        ("A token without a write key in the body", UNKNOWN, _NONE, "400"),
        (
            "A token that is unknown or has expired",
            SAME,
            f"{_OAUTH_SDKS}, which drop it on 401",
            "the body, with the code `unauthorized`, is ours",
        ),
        ("A token for another source", UNKNOWN, _NONE, "401"),
        ("A source that enforces OAuth, and a call without a token", UNKNOWN, f"{_OAUTH} says rejected", "401"),
    ),
    *_in(
        "Tracking API: bodies, limits and answers",
        ('Success is 200 `{"success": true}`', SAME, f"{_HTTP}, Errors", "`X-Sandbox-Seq` comes with it"),
        ("Content types: JSON, text or none", SAME, _TRAFFIC, ""),
        ("Bodies in gzip or in chunks", SAME, _TRAFFIC, "deflate is undone as well"),
        ("Bodies in br or zstd", UNKNOWN, _NONE, "400 `malformed JSON`; the refusal names the encoding"),
        ("What cannot be read as HTTP", UNKNOWN, _NONE, "400 in JSON, and a line in the log"),
        (
            "What is no JSON is answered 400 with `malformed JSON` and `invalid_request`",
            SAME,
            "a fixture of analytics-node",
            "",
        ),
        ("An array, a string or nothing as the body", UNKNOWN, _NONE, "malformed JSON"),
        ("Text that is not UTF-8", UNKNOWN, _NONE, "malformed JSON"),
        ("`NaN` and `Infinity`", UNKNOWN, _NONE, "malformed JSON"),
        ("Half a surrogate pair in a string", UNKNOWN, _NONE, "becomes U+FFFD"),
        ("How deep a message may be nested", UNKNOWN, _NONE, "254 levels; deeper is malformed JSON"),
        ("Whole numbers beyond 64 bits", UNKNOWN, _NONE, "become the nearest double"),
        (
            "The order of keys in what a destination receives",
            UNKNOWN,
            _NONE,
            "as the client sent them, what the sandbox adds behind",
        ),
        (
            "A call beyond 32 KB is answered 400 with `Exceed payload limit`",
            SAME,
            f"{_HTTP}, Max request size; Analytics.js FAQ",
            "",
        ),
        ("The rest of the body of that 400", UNKNOWN, "the phrase alone is published", "JSON as for other errors"),
        (
            "A batch beyond 500 KB is answered 400",
            SIMPLIFIED,
            f"{_HTTP}, Max request size",
            "at 514,048 bytes: SDKs send up to 512,000 bytes of messages and the envelope",
        ),
        ("Whether limits count before or after gzip", UNKNOWN, _NONE, "after it is undone"),
        (
            "A message beyond 32 KB inside a batch",
            UNKNOWN,
            f"{_HTTP}, Max request size, literally; analytics-ruby, issue 114 (2017), says otherwise",
            "the whole batch is answered 400",
        ),
        (
            "A batch of more than 2,500 messages is answered 200 and rejected",
            SIMPLIFIED,
            f"{_HTTP}, Batch",
            "all of it, under `sandbox_batch_too_long`; whether Segment drops the surplus only is not published",
        ),
        ("A batch without messages is dropped as `empty_batch`", SAME, _DISCARDS, ""),
        ("A batch that has no `batch`, or none that is an array", UNKNOWN, _NONE, "`empty_batch`"),
        (
            "10,000 properties for each event name, the rest dropped",
            NOT_EMULATED,
            "segment-docs, Limits",
            "all properties are kept",
        ),
        (
            "Plain text as the body of an error",
            SIMPLIFIED,
            "analytics-ruby, issue 147",
            "always JSON, which every SDK can read",
        ),
        (
            "429 with `Retry-After` and `X-RateLimit-Reset`",
            SIMPLIFIED,
            f"{_HTTP}, Rate limits",
            "only when too many deliveries are pending; the rate itself is not limited",
        ),
        ("The body of that 429", UNKNOWN, _NONE, "JSON as for other errors"),
    ),
    *_in(
        "Stamping",
        ("`messageId` is made where there is none", SAME, _COMMON, ""),
        ("A `messageId` that is no string", UNKNOWN, _NONE, "is replaced"),
        (
            "A `messageId` of more than 100 characters",
            UNKNOWN,
            f"{_HTTP} names the limit, not what happens",
            "is kept as it is",
        ),
        ("`receivedAt` is the same for all messages of a request", SAME, _COMMON, ""),
        (
            "`timestamp` = `receivedAt` - (`sentAt` - `originalTimestamp`)",
            SAME,
            f"{_COMMON}, Timestamps; both published examples are tests",
            "",
        ),
        ("`timestamp` without a `sentAt`", UNKNOWN, _NONE, "no skew is assumed"),
        (
            "`originalTimestamp` where the client sent no time",
            UNKNOWN,
            _NONE,
            "`sentAt`, else `receivedAt`; `timestamp` is `receivedAt`, which is documented",
        ),
        (
            "A time that cannot be read",
            UNKNOWN,
            _NONE,
            "counts as not sent. Read is ISO 8601 in the forms that SDKs send, and dates alone",
        ),
        ("`version`", UNKNOWN, 'documented samples show 1, "1.1" and 2', "2"),
        (
            "`channel`",
            UNKNOWN,
            f"{_COMMON}, for the three values",
            "server for long paths, `batch` and `import`; else browser for analytics.js and pixels, or mobile",
        ),
        (
            "`projectId`",
            SIMPLIFIED,
            "segment-docs, partners/spec",
            "ten hexadecimal digits made from the source's slug",
        ),
        (
            "`context.ip` for client-side calls or with `context.direct`, never an IPv6 address",
            SAME,
            f"{_COMMON}, Context",
            "the caller is this machine: 127.0.0.1",
        ),
        (
            "`writeKey` stays in server-side events and leaves client-side ones",
            SAME,
            "analytics-php, issue 127; analytics-clj, issue 13",
            "",
        ),
        ("null counts as absent", SAME, _TRAFFIC, ""),
        (
            "`context` and `integrations` of a batch are merged into each message",
            SAME,
            f"{_HTTP}, Batch",
            "on conflict the message's own value wins, and the merge goes one level deep: neither is published",
        ),
    ),
    *_in(
        "Validation",
        (
            "What fails on ingest is answered 200 and dropped under a code",
            SAME,
            f"{_HTTP}, Errors; {_DISCARDS}",
            "every code that the sandbox gives is in [reasons](reasons.md)",
        ),
        ("`no_user_anon_id`, `id_not_string`", SAME, _DISCARDS, ""),
        ("`missing_type`, `invalid_type`", SAME, _DISCARDS, ""),
        ("`event_not_defined`, `event_not_string`", SAME, _DISCARDS, ""),
        ("An empty event name", UNKNOWN, f"{_DISCARDS} speaks of none", "`event_not_defined`"),
        ("`properties_not_object`, `traits_not_object`", SAME, _DISCARDS, ""),
        ("`name_not_string`, `category_not_string` of page and screen", SAME, _DISCARDS, ""),
        ("`consent_…` of a consent update, `device_advertisingid_should_be_string`", SAME, _DISCARDS, ""),
        ("Which code is given where several apply", UNKNOWN, _NONE, "type, ids, fields of the call, context"),
        ("An empty `userId` beside an `anonymousId`", UNKNOWN, _NONE, "`id_not_string`"),
        (
            "`multi_user_error` for a batch with bad messages",
            SIMPLIFIED,
            _DISCARDS,
            "each bad message carries its own code; the others go on, as at Segment",
        ),
        ("`empty_batch_result`", NOT_EMULATED, _DISCARDS, "the codes of the messages say as much"),
        ("An item of a batch that is no object", UNKNOWN, _NONE, "`sandbox_item_not_object`"),
        (
            "An alias without `previousId`",
            UNKNOWN,
            "required in the HTTP API's table, optional in Spec: Alias",
            "is accepted",
        ),
        ("A group without `groupId`", UNKNOWN, f"{_DISCARDS} has no code for it", "is accepted"),
        (
            "A delete message",
            SIMPLIFIED,
            "segment-docs, Build a webhook, Handling deletes",
            "no SDK can send one; `segment-sandbox send delete` can, in place of a deletion request",
        ),
        (
            "Limits of the schema: event names, properties and traits of a source",
            NOT_EMULATED,
            "segment-docs, Product limits",
            "nothing is counted or dropped",
        ),
        ("User suppression", NOT_EMULATED, "segment-docs, User deletion and suppression", "nobody is suppressed"),
        ("`locked_workspace`", NOT_EMULATED, _DISCARDS, "the sandbox is never locked"),
    ),
    *_in(
        "Deduplication",
        (
            "A repeated `messageId` is dropped, whatever else is in the message",
            SAME,
            "segment-docs, Handling duplicate data",
            "the answer is 200; the repeat is shown under `sandbox_duplicate`, as Segment publishes no code",
        ),
        (
            "For at least 24 hours, a rolling window",
            SIMPLIFIED,
            "segment-docs, Handling duplicate data",
            "24 hours exactly",
        ),
        (
            "Whether two sources share the ids",
            UNKNOWN,
            "segment-docs, Handling duplicate data: by no source or workspace; the partners' FAQ: per source",
            "they do, for the whole workspace: a repeat that comes to another source is a duplicate too",
        ),
        ("Whether the id of a message that failed is remembered", UNKNOWN, _NONE, "no"),
    ),
    *_in(
        "Integrations object",
        ("Everything is on unless switched off", SAME, f"{_COMMON}, Integrations", ""),
        ("`All: false`, in any case; a name with true lets one through", SAME, _FACADE, ""),
        ("Only true and false decide; other values mean on, with options", SAME, _FACADE, ""),
        ("Names are case sensitive", SAME, f"{_COMMON}, Integrations", ""),
        ("Salesforce is off unless named", SAME, f"{_COMMON}, Integrations", ""),
        ("`FILTERED_BY_INTEGRATIONS_OBJECT`", SAME, _DISCARDS, ""),
        (
            "What a private App is called in it",
            UNKNOWN,
            "entries of the catalog before review",
            "the App's name, or the slug made of it unless only the case differs; the name wins",
        ),
        (
            "`UNKNOWN_INTEGRATION`",
            SIMPLIFIED,
            _DISCARDS,
            "there is no catalog: for names that are on and that no destination of the workspace has, 20 a message",
        ),
        (
            "Messages that were handed to a destination on the client, `MESSAGE_SENT_CLIENT_SIDE`",
            SIMPLIFIED,
            f"{_DISCARDS}; {_BASE}; {_TRAFFIC}",
            "`_metadata.bundled` decides, by name; not `bundledIds`, nor the channels of a destination",
        ),
    ),
    *_in(
        "Webhook",
        ("One POST for each message, with the message as JSON", SAME, _WEBHOOK, ""),
        (
            "https only",
            SIMPLIFIED,
            _WEBHOOK,
            "http as well on loopback; anything else is a mistake in the workspace file",
        ),
        ("`apiKey` as Basic user, the colon always there", SAME, _WEBHOOK, ""),
        ("The documented headers, `User-Agent: Segment.io/1.0`", SAME, _WEBHOOK, ""),
        ("Order of the headers", UNKNOWN, _NONE, "Host, then as in the documentation"),
        ("`X-Segment-Settings`, base64 of JSON, without `apiKey`", SAME, _WEBHOOK, ""),
        ("`X-Segment-Settings` when there is nothing to send", UNKNOWN, _NONE, "`e30=`, which is `{}`"),
        ("Whether a setting `endpoint` is in it", UNKNOWN, _NONE, "no"),
        (
            "How long Segment waits for the answer",
            UNKNOWN,
            f"{_BASE}, which waits 10 s",
            "10 s; `timeout` in the workspace file changes it",
        ),
        ("200 and 202 are success", SAME, _WEBHOOK, "every other 2xx is, too, which is not published"),
        ("501: the type of call is not supported, and no error", SAME, _WEBHOOK, ""),
        ("400, 401, 403, 422 and other 4xx are discarded", SAME, f"{_WEBHOOK}; Subscriptions FAQ", ""),
        (
            "429, 500, 502, 503, 504 and no answer would be tried again",
            SAME,
            f"{_BASE}; Subscriptions FAQ (2022)",
            "see Delivery for what follows",
        ),
        (
            "Redirects",
            UNKNOWN,
            f"{_BASE}, which follows none; a row of {_DISCARDS} says that 307 is followed",
            "none is followed, and a 3xx is discarded",
        ),
        ("`message` of a JSON answer is shown", SAME, _WEBHOOK, ""),
        (
            "Codes for network errors",
            SAME,
            f"{_DISCARDS}; Integration error codes",
            "`EREFUSED` and `ETIMEDOUT` as in the table; codes that it lacks are Node's",
        ),
        ("How many requests are under way at once", UNKNOWN, _NONE, "32 for each destination"),
        ("Messages may arrive in another order", SAME, "segment-docs, Subscriptions FAQ", ""),
        ("The longest answer that is read", UNKNOWN, _NONE, "10 MiB; a longer one is discarded as `INTERNAL`"),
        (
            "How long an idle connection is kept",
            UNKNOWN,
            "keep-alive is documented, its length is not",
            "1 s, shorter than common servers keep one",
        ),
    ),
    *_in(
        "Function: loading and running",
        (
            "The code is the body of a sloppy function whose parameters are the handlers",
            SAME,
            _TEST_KIT,
            "so `const onTrack` is a SyntaxError, and there is no `import`, `require` or `await` at top level",
        ),
        (
            "Module scope runs once for each process, and lives on between events",
            SAME,
            f"{_FUNCTIONS}; {_TEST_KIT}",
            "",
        ),
        (
            "What module scope logs and sends",
            SIMPLIFIED,
            "AWS Lambda, cold start",
            "it is kept with the first event, and requests are sent only then; at most 1,000, of 8 MB together",
        ),
        ("A missing handler is `EventNotSupported`", SAME, _FUNCTIONS, ""),
        ("An event of a type that no handler has is passed over", SAME, _TEST_KIT, ""),
        (
            "Handlers named `identify`, `track` and so on, before 2020",
            SIMPLIFIED,
            "segment-docs, Build functions (2019-07)",
            'called where the workspace file says `handlers = "2019"`; where both are there, `on…` wins',
        ),
        (
            "`exports.processEvents` of source functions, before September 2019",
            SIMPLIFIED,
            "segment-docs, Source functions (2019-06)",
            "likewise; what it returns is checked as what `Segment.track` and its kin are given",
        ),
        (
            "5 s for one event",
            SAME,
            "segment-docs, Functions, Usage limits",
            "`timeout` in the workspace file changes it",
        ),
        (
            "The code of a timeout",
            UNKNOWN,
            "Event Delivery calls it Timeout; a lower-case `gateway_timeout` belongs to insert functions",
            "`ETIMEDOUT`",
        ),
        ("`EventNotSupported` is `UNSUPPORTED_EVENT_TYPE`", SAME, f"{_FUNCTIONS}, Errors", ""),
        ("`InvalidEventPayload`, `ValidationError` are `MESSAGE_REJECTED`", SAME, f"{_FUNCTIONS}, Errors", ""),
        ("`RetryError` is `RETRY` and would be tried again", SAME, f"{_FUNCTIONS}, Errors", ""),
        ("Any other error is `BAD_REQUEST`, and not tried again", SAME, f"{_FUNCTIONS}, Errors", ""),
        (
            "`DropEvent` outside of insert functions",
            UNKNOWN,
            "documented for insert functions, `DROP_EVENT`",
            "the class is there; thrown, it is `BAD_REQUEST`",
        ),
        (
            "Node 20",
            SIMPLIFIED,
            _RUNTIME,
            "V8 14; built-ins and syntax that are known to have come after Node 20 are taken away or switched off",
        ),
        ("Memory", UNKNOWN, _NONE, "128 MB of V8's heap, or `memory`; 128 MB more for the process"),
        ("How many copies run at once", UNKNOWN, _NONE, "two for each function, one event at a time in each"),
        (
            "A rejected promise that nobody handles",
            NOT_EMULATED,
            "Node.js documentation, unhandledRejection: it ends the process, and the event with it",
            "the engine's C interface reports none; the lint finds promises that nobody waits for",
        ),
        (
            "Work that is left when the handler has settled",
            SIMPLIFIED,
            "AWS Lambda, which runs Segment's functions, freezes it",
            "it is given up with the event",
        ),
        (
            "An error that nothing catches",
            SIMPLIFIED,
            "Node ends the process",
            "the event ends with it; a new worker follows",
        ),
        ("Time zone", UNKNOWN, "AWS Lambda's is UTC", "UTC"),
        ("Settings without a value", UNKNOWN, _NONE, "are absent from the second argument"),
        (
            "Logs are shown for failed events, 4 KB in the editor",
            SIMPLIFIED,
            f"{_FUNCTIONS}, Logs",
            "for every event, 256 KB at most",
        ),
    ),
    *_in(
        "Function: what the code sees",
        ("`fetch` with `Headers`, `Request`, `Response`: node-fetch 2.6.0", SAME, _RUNTIME, "the package itself"),
        ("`btoa` 1.2.1, `atob` 2.1.2", SAME, _RUNTIME, "the packages themselves"),
        ("`_`: lodash 4.17.19; `moment`: moment-timezone 0.5.31", SAME, _RUNTIME, "the packages themselves"),
        ("The error classes", SAME, f"{_FUNCTIONS}, Errors", ""),
        ("`cache.load`, `cache.delete`", SAME, f"{_RUNTIME}, Cache", "nothing leaves it for lack of memory"),
        ("`console`", SAME, "Node.js documentation, Console", "Node's methods and formats"),
        (
            "`Buffer`, `URL`, `URLSearchParams`, timers",
            SIMPLIFIED,
            _TEST_KIT,
            "packages that do as Node does, not Node's own",
        ),
        (
            "`crypto`",
            SIMPLIFIED,
            _RUNTIME,
            "no DSA, X25519, ciphers but AES, Diffie-Hellman but `subtle`'s ECDH; what is missing names itself",
        ),
        (
            "`crypto.webcrypto`, `crypto.subtle`",
            SIMPLIFIED,
            "Node.js documentation, Web Crypto API",
            "without AES-KW, Ed448, X25519, X448 and labels of RSA-OAEP; it works before the promise is given",
        ),
        (
            "`FormData`, `OAuth`, `jsonwebtoken`, `uuidv5`, `xml`, `xml2js`",
            SAME,
            _RUNTIME,
            "the packages themselves, in the documented versions",
        ),
        (
            "`AWS`, `jsforce`, `sendgrid`, `stripe`, `twilio`, `winstonlib`",
            SAME,
            _RUNTIME,
            "the packages themselves, in the documented versions",
        ),
        (
            "`fetchretrylib`, `hubspotlib`, `libphonenumberjslib`, `mailchimplib`, `nodemailjet`, `skyflowlib`",
            SIMPLIFIED,
            f"{_RUNTIME}, which names no versions",
            "the packages themselves, most in versions of the time when Segment added them",
        ),
        (
            "`AWS` without credentials",
            UNKNOWN,
            "AWS Lambda has a role's credentials in the environment; segment-docs, Functions, AWS",
            "credentials that open nothing, and the region us-west-2",
        ),
        ("`zlib` and `https`", SIMPLIFIED, _RUNTIME, "streams change all at their end; requests only, no servers"),
        (
            "Brotli data with something behind its end",
            SIMPLIFIED,
            "Node.js 20, which passes over it",
            "an error, `ERR_BROTLI_DECODER_ERROR`",
        ),
        (
            "The code of Brotli data that cannot be read",
            SIMPLIFIED,
            "Node.js 20, whose code names the fault, as in `ERR__ERROR_FORMAT_PADDING_1`",
            "`ERR_BROTLI_DECODER_ERROR`, without `errno`",
        ),
        (
            "`google.cloud`",
            NOT_EMULATED,
            _RUNTIME,
            "its clients speak gRPC over HTTP/2, which the engine has not: any use throws an error that says so",
        ),
        (
            "The packages of source insert functions alone, such as `aws4`, `azure`, `pg`, `snowflakesdk`",
            NOT_EMULATED,
            "segment-docs, Source insert functions",
            "any use of them throws an error that says so",
        ),
        ("`Segment` in a function that feeds no source", SIMPLIFIED, _TEST_KIT, "what it queues goes nowhere"),
        (
            "`AbortController`, `AbortSignal`",
            UNKNOWN,
            f"absent from {_TEST_KIT}; used by a function in production",
            "present; the lint speaks of them",
        ),
        (
            "`TextEncoder`, `structuredClone`, `queueMicrotask`",
            UNKNOWN,
            f"absent from {_TEST_KIT}",
            "absent, unless `web_globals` is set",
        ),
        (
            "Where a function may connect to",
            SIMPLIFIED,
            "segment-docs, Functions",
            "anywhere but cloud metadata; the Tracking API is the sandbox itself, other hosts of Segment are refused",
        ),
    ),
    *_in(
        "Delivery",
        (
            "Retries over four hours, ten attempts, randomised exponential backoff",
            SIMPLIFIED,
            "segment-docs, Subscriptions FAQ; Destinations, Retries",
            "the number and the four hours are published, the waits are not: here they double from half a minute",
        ),
        (
            "Replay: as stored, for one destination or all, past the switches of the event, never a duplicate",
            SAME,
            "segment-docs, Replay; segmentio/integration, enabled()",
            "its integrations object names where it goes; replays are ordinary messages here, with `replay_of`",
        ),
        (
            "Replay is rate-limited, needs an archive and Segment's staff",
            SIMPLIFIED,
            "segment-docs, Replay",
            "it is at once, from the journal, by whoever asks",
        ),
        (
            "An answer that is cut in the middle of its body",
            SIMPLIFIED,
            "node-fetch 2.6, whose fetch resolves with the status before the body fails",
            '`fetch` itself fails, with ECONNRESET; so does a fault with `network = "cut"`',
        ),
        (
            "What becomes of a `Retry-After`",
            UNKNOWN,
            "no document",
            "a wait longer than the schedule's is kept, up to the end of the four hours",
        ),
        (
            "The reason of a delivery after its last attempt",
            UNKNOWN,
            "segment-docs, Delivery Overview, Discard reasons",
            "the reason of that attempt, such as 503, `ETIMEDOUT` or `RETRY`",
        ),
        (
            "Codes of Event Delivery, `errors.discarded.…`, `errors.awaiting-retry.…`",
            SAME,
            "segment-docs, Integration error codes",
            "shown as `delivery_code`",
        ),
        (
            "A delivery may be made twice",
            SIMPLIFIED,
            "segment-docs, Handling duplicate data",
            "only when the sandbox was killed during the attempt, which is then made again",
        ),
        (
            "Deliveries under way to a destination that is switched off or removed",
            UNKNOWN,
            _NONE,
            "`stopped`, with a code of the sandbox's own",
        ),
        (
            "`NO_ENABLED_DESTINATIONS`",
            NOT_EMULATED,
            _DISCARDS,
            "the message is accepted and has no deliveries",
        ),
        (
            "Metrics of Event Delivery and Delivery Overview",
            SIMPLIFIED,
            "segment-docs, Event Delivery",
            "`/_sandbox/overview`: by the minute, up to four hours; a delivery counts where it stands now",
        ),
        (
            "Rate limits of a destination",
            NOT_EMULATED,
            "segment-docs, Rate limits",
            "a 429 from the endpoint is a 429",
        ),
    ),
    *_in(
        "App and settings",
        ("Every App has `apiKey`; it is required", SAME, f"{_WEBHOOK}, Authorization", ""),
        (
            "The pattern of an API key",
            SIMPLIFIED,
            "the catalog's data, 2019",
            "`^.{8,}$` as most Apps have it; can be changed",
        ),
        ("Keys of settings are the label in camel case", SAME, "segment-docs, Functions, Settings", ""),
        (
            "Types of settings",
            SIMPLIFIED,
            "the catalog's data",
            "string, boolean, number, array, map and select; see [workspace](workspace.md#types-of-settings)",
        ),
        ("A destination is off until it is switched on", SAME, "segment-docs, Config API", ""),
        (
            "What a Segment user sees of secrets",
            SIMPLIFIED,
            "segment-docs, Functions, Settings",
            "`sensitive` is kept, and nothing shows settings at all",
        ),
    ),
    *_in(
        "Destination functions",
        (
            "Their name in an integrations object is `Function (Workspace)`, case sensitive",
            SAME,
            _FUNCTIONS,
            "",
        ),
        ("Declaring `onBatch` opts in, with mixed types in one batch", SAME, _BATCHING, ""),
        (
            "A batch has 20 events or what came within 10 s",
            SAME,
            _BATCHING,
            "`batch_max_count` (20 to 400, as support sets it) and `batch_wait` change it",
        ),
        (
            "Below one event a second, `onBatch` may never be used",
            SIMPLIFIED,
            _BATCHING,
            "it is always used where the code declares it, if with one event",
        ),
        (
            "RetryError and timeouts try the whole batch again, every other error discards it",
            SAME,
            _BATCHING,
            "",
        ),
        (
            "A status for each event: 2xx delivered, 4xx discarded, 5xx tried again",
            SAME,
            f"{_BATCHING}, Partial failures",
            "",
        ),
        (
            "429 among the statuses of a batch",
            UNKNOWN,
            f"{_BATCHING} speaks of 4xx only",
            "discarded like every other 4xx",
        ),
        (
            "An `onBatch` that returns no status for an event",
            UNKNOWN,
            "only the complete array is documented",
            "the event is delivered, with a warning in the attempt",
        ),
        (
            "The function's settings and those of its destination",
            SIMPLIFIED,
            "segment-docs, Functions, Create settings and secrets",
            "no definitions, only values of Segment's types; the destination's win",
        ),
    ),
    *_in(
        "Insert functions",
        ("What the handler returns goes to the destination in place of the event", SAME, _INSERT_FUNCTIONS, ""),
        ("A type of call without a handler is blocked, `unsupported_event_type`", SAME, _INSERT_FUNCTIONS, ""),
        ("`DropEvent` filters the event, `DROP_EVENT`", SAME, f"{_INSERT_FUNCTIONS}; {_DISCARDS}", ""),
        (
            "Other errors have lower-case codes under Filtered at destination",
            SAME,
            _DISCARDS,
            "`retry`, `gateway_timeout` and crashes would be tried again, and are shown as discarded",
        ),
        (
            "A handler that returns no event",
            UNKNOWN,
            "not documented",
            "the event is filtered as `sandbox_no_event`, with a warning in the attempt",
        ),
        (
            "The integrations object comes first, then the insert function",
            SAME,
            _INSERT_FUNCTIONS,
            "",
        ),
        (
            "`onBatch` of an insert function",
            SIMPLIFIED,
            f"{_INSERT_FUNCTIONS}, Batch handlers",
            "called where the destination collects a batch; else the single handlers, which have to exist",
        ),
        (
            "An `onBatch` of an insert function that returns fewer events",
            UNKNOWN,
            f"{_INSERT_FUNCTIONS} pairs by place, and calls the missing ones filtered",
            "paired by place; those that are missing at the end are `DROP_EVENT`",
        ),
    ),
    *_in(
        "Source functions",
        ("`POST` alone, JSON or forms, 512 KiB at most", SAME, _SOURCE_FUNCTIONS, ""),
        (
            "The caller learns of success or failure, nothing more",
            SAME,
            f"{_SOURCE_FUNCTIONS}, FAQs",
            "a code and a sentence come with the failure, and the journal's numbers in a header",
        ),
        (
            "Which statuses those are",
            UNKNOWN,
            _NONE,
            "200; 400, 404, 405 or 413 for what is wrong with the request; 500 for a run that failed",
        ),
        (
            "The token in the address or in `X-Segment-Source-Function-Token`",
            SIMPLIFIED,
            _SOURCE_FUNCTIONS,
            "tolerated, and not looked at; the slug names the function",
        ),
        ("Keys of objects in the body are sorted", SAME, f"{_SOURCE_FUNCTIONS}, FAQs", "as in deployed functions"),
        ("Headers in Go's case, with those of the load balancer", SAME, f"{_SOURCE_FUNCTIONS}, Errors", ""),
        (
            "A field that a form has several times",
            UNKNOWN,
            "forms are documented without an example",
            "an array of strings",
        ),
        ("Calls are sent only if the run succeeds", SAME, f"segment-docs, Source functions; {_TEST_KIT}", ""),
        (
            "An event above 32 KB fails the run",
            SAME,
            f"{_SOURCE_FUNCTIONS}, Error types",
            "as `TRACKING_API_FAILED`; nothing of the run is sent",
        ),
        (
            "RetryError and timeouts are tried six times, after one to three minutes, then ever later, up to twenty",
            SAME,
            f"{_SOURCE_FUNCTIONS}, FAQs",
            "by how much the waits grow is not published: they double",
        ),
        (
            "Calls that wait for another attempt while the sandbox is stopped or killed",
            SIMPLIFIED,
            "at Segment nothing stops",
            "they wait on at the next start, if their last attempts are among the newest 1,000 entries",
        ),
        (
            "What the caller is told of an attempt that is tried again",
            UNKNOWN,
            f"{_SOURCE_FUNCTIONS}, FAQs: success or failure, no more",
            "that it failed, as after the last attempt",
        ),
        (
            "Attempts before the last one in the list of errors",
            SIMPLIFIED,
            f"{_SOURCE_FUNCTIONS}, FAQs: only calls that are given up are listed",
            "each attempt is shown, with its number and when the next one comes",
        ),
        ("Errors are `INVOKE_ERROR`, `RETRY_ERROR`, `FUNCTION_TIMEOUT`, `BAD_REQUEST`", SAME, _DISCARDS, ""),
    ),
    *_in(
        "Event Tester and Test Suite",
        (
            "the Event Tester sends one event to a destination that is enabled, past its filters",
            SAME,
            "segment-docs, Testing connections",
            "",
        ),
        (
            "an event of the Event Tester shows up in the Source Debugger",
            SIMPLIFIED,
            "segment-docs, Testing connections",
            "nothing of it is stored; it goes to the component as a real event does",
        ),
        (
            "whether an insert function runs for an event of the Event Tester",
            UNKNOWN,
            "segment-docs, Testing connections; Destination insert functions",
            "it runs for a destination; a component by itself has none",
        ),
        (
            "the Test Suite sends eight events, in this order, with the settings that the tester types",
            SAME,
            "the fixtures of Segment's public partner examples, 2019",
            "",
        ),
        (
            "the clock and the random numbers of a function that the Test Suite runs",
            SIMPLIFIED,
            "segment-docs, partners, Test Suite",
            "the same in every run, so that two runs send the same requests; for the Event Tester they are real",
        ),
        (
            "green and yellow pass; a type that is not supported is yellow, shown as 501",
            SAME,
            "segment-docs, partners, Test Suite",
            "",
        ),
        (
            "`InvalidEventPayload` and `ValidationError` are yellow",
            UNKNOWN,
            "segmentio/functions-library, the harness of Segment's own functions, counts them as no failures",
            "yellow, shown as 400; a webhook's 400 is red, or yellow where `answer_400` says so",
        ),
        (
            "chips for results that are not green",
            UNKNOWN,
            "the Developer Center's page, 2019, of which only green ones are known",
            "`Unsupported`, `Rejected`, `Filtered` and `Failed`",
        ),
        (
            "an API key that breaks the setting's rule is refused before the run",
            UNKNOWN,
            "catalog data of segment-docs, 2019, for the rule",
            "refused with a sentence, as is every other setting",
        ),
    ),
    *_in(
        "Capabilities that are not there",
        ("Device mode and web plugins", NOT_EMULATED, "segment-docs, Build a web plugin", "cloud mode only"),
        (
            "Source insert functions (public beta)",
            NOT_EMULATED,
            "segment-docs, Source insert functions",
            "insert functions stand before destinations only",
        ),
        (
            "Destination filters",
            NOT_EMULATED,
            "segment-docs, Destination filters",
            "the integrations object alone filters",
        ),
        (
            "Mapping triggers and actions",
            NOT_EMULATED,
            "segmentio/action-destinations",
            "a component gets every message",
        ),
        (
            "Tracking plans and schema controls, forwarded violations, versions of events, transformations",
            NOT_EMULATED,
            "segment-docs, Protocols",
            "nothing is blocked, left out or renamed, and `context.protocols` is not made",
        ),
        (
            "Enforcing consent, `FILTERED_BY_END_USER_CONSENT`",
            NOT_EMULATED,
            "segment-docs, Consent management",
            "`context.consent` is passed on",
        ),
        (
            "The Source Debugger's sample of at most 500 events",
            NOT_EMULATED,
            "segment-docs, Source Debugger",
            "the journal holds every event, 100,000 unless told otherwise",
        ),
        (
            "A secret shared with a webhook of the workspace, `X-Signature`",
            NOT_EMULATED,
            "segment-docs, Webhooks destination",
            "an App's webhook has none; one of the workspace cannot be configured",
        ),
        (
            "Object API, warehouses, reverse ETL",
            NOT_EMULATED,
            "segment-docs",
            "events only; objects of `Segment.set` are shown with the run that made them",
        ),
        (
            '"Enable with Segment": OAuth and Config API',
            NOT_EMULATED,
            "segment-docs, Enable with Segment; Config API",
            "404",
        ),
        (
            "Developer Center: App, settings builder, catalog entry, checklist, review",
            NOT_EMULATED,
            "segment-docs, Developer Center",
            "the workspace file takes the App's place",
        ),
    ),
)
"""Every behaviour, by area, in the order in which an event meets it."""


def page() -> str:
    """Write docs/fidelity.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from ("# Fidelity", "")
    yield "What the sandbox does as Segment does it, where it does less, what nobody outside Segment knows, and what"
    yield "is not there. This page is made from the table in `sandbox/parity.py`; a test holds it to that."
    yield from ("", "| status | how often | the sandbox … |", "|---|---|---|")
    for status, meaning in MEANINGS.items():
        yield f"| {status} | {sum(each.status is status for each in BEHAVIOURS)} | {meaning} |"
    for area, behaviours in groupby(BEHAVIOURS, lambda each: each.area):
        yield from ("", f"## {area}", "", "| behaviour of Segment | status | source | note |", "|---|---|---|---|")
        for each in behaviours:
            yield f"| {each.behaviour} | {each.status} | {each.source} | {each.note} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
