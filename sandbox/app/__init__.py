"""The composition root: builds every object once, connects them, and closes them in reverse."""

from sandbox.app.options import DEFAULT_PORT, DEFAULT_TLS_PORT, Options
from sandbox.app.sandbox import Sandbox, TlsAddress
from sandbox.app.server import serve

__all__ = ["DEFAULT_PORT", "DEFAULT_TLS_PORT", "Options", "Sandbox", "TlsAddress", "serve"]
