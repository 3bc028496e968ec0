"""The only way out: one HTTP request at a time, checked, sent as given and recorded."""

from sandbox.outbound.client import Outbound

__all__ = ["Outbound"]
