"""What went wrong on the network, in Node's codes and Node's words.

Partners know these from their own services and from Segment's Event Delivery page.
Source: segment-docs, Integration error codes; the wording is that of Node 20.
"""

import errno
import re
import socket
import ssl

import aiohttp

from sandbox.wire import NetworkError

_CONNECTED_TO = re.compile(r"Connect call failed \('([^']+)', (\d+)")

_CERTIFICATE_ERRORS = {
    10: NetworkError("CERT_HAS_EXPIRED", "certificate has expired"),
    18: NetworkError("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    19: NetworkError("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"),
    20: NetworkError("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    62: NetworkError("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"),
    64: NetworkError("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"),
}
"""By OpenSSL's number for what is wrong with a certificate (X509_V_ERR_*)."""

_LOOKUP_CODES = {socket.EAI_AGAIN: "EAI_AGAIN", socket.EAI_FAIL: "EAI_FAIL", socket.EAI_MEMORY: "EAI_MEMORY"}
"""What the resolver reports under its own name; everything else means that there is no such host."""

_HUNG_UP = NetworkError("ECONNRESET", "socket hang up")
_CUT_OFF = NetworkError("ECONNRESET", "aborted")
_HEADERS_TOO_LONG = NetworkError("HPE_HEADER_OVERFLOW", "Parse Error: Header overflow")

_PARSER_SAID = re.compile(r"(?:Bad status line:\s*)?([^:\n]+)")
_PARSER_CODES = {
    "Invalid status code": "HPE_INVALID_STATUS",
    "Invalid header token": "HPE_INVALID_HEADER_TOKEN",
    "Invalid header value char": "HPE_INVALID_HEADER_TOKEN",
    "Invalid HTTP header": "HPE_INVALID_HEADER_TOKEN",
    "Invalid character in chunk size": "HPE_INVALID_CHUNK_SIZE",
    "Invalid character in Content-Length": "HPE_INVALID_CONTENT_LENGTH",
    "Duplicate Content-Length": "HPE_UNEXPECTED_CONTENT_LENGTH",
}
"""By what the parser says: aiohttp's is llhttp, which is Node's, so that the words are Node's too."""


def timed_out(timeout_s: float) -> NetworkError:
    """Name the deadline that passed, as Segment's own HTTP layer does."""
    return NetworkError("ECONNABORTED", f"timeout of {round(timeout_s * 1000)}ms exceeded")


def network_error(error: aiohttp.ClientError, host: str, port: int) -> NetworkError:
    """Translate what aiohttp raised while talking to `host`."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError):
        return _error_before_sending(error, host, port)
    match error:
        case aiohttp.ClientPayloadError():
            return _CUT_OFF
        case aiohttp.ClientResponseError(message=text):
            return _parse_error(text)
        case OSError(errno=int(number)):
            return _transfer_error(number)
        case _:
            return _HUNG_UP


def _error_before_sending(error: aiohttp.ClientError, host: str, port: int) -> NetworkError:
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=cause):
            return _lookup_error(cause, host)
        case aiohttp.ClientConnectorCertificateError(certificate_error=cause):
            return _certificate_error(cause)
        case aiohttp.ClientConnectorSSLError(os_error=cause):
            return NetworkError("EPROTO", f"write EPROTO {_tls_reason(cause)}")
        case aiohttp.ClientConnectorError(os_error=cause):
            return _connect_error(cause, host, port)
        case _:
            return _HUNG_UP


def _lookup_error(cause: OSError, host: str) -> NetworkError:
    code = _LOOKUP_CODES.get(cause.errno or 0, "ENOTFOUND")
    return NetworkError(code, f"getaddrinfo {code} {host}")


def _certificate_error(cause: Exception) -> NetworkError:
    number = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else 0
    return _CERTIFICATE_ERRORS.get(number, NetworkError("EPROTO", str(cause)))


def _tls_reason(cause: OSError) -> str:
    reason = cause.reason if isinstance(cause, ssl.SSLError) else None
    return str(reason or cause).lower().replace("_", " ")


def _connect_error(cause: OSError, host: str, port: int) -> NetworkError:
    """Name the address that was tried, which asyncio puts into its message, else the host."""
    code = errno.errorcode.get(cause.errno or 0, "ECONNREFUSED")
    tried = _CONNECTED_TO.search(str(cause))
    address = f"{tried[1]}:{tried[2]}" if tried else f"{host}:{port}"
    return NetworkError(code, f"connect {code} {address}")


def _parse_error(text: str) -> NetworkError:
    if text.startswith(("Got more than", "Too many headers")):
        return _HEADERS_TOO_LONG
    said = _PARSER_SAID.match(text)
    words = said[1] if said else "Expected HTTP/"
    return NetworkError(_PARSER_CODES.get(words, "HPE_INVALID_CONSTANT"), f"Parse Error: {words}")


def _transfer_error(number: int) -> NetworkError:
    code = errno.errorcode.get(number, "ECONNRESET")
    return NetworkError(code, f"{'write' if code == 'EPIPE' else 'read'} {code}")
