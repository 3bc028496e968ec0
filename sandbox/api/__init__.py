"""The sandbox's own API under /_sandbox/."""

from sandbox.api.application import Control, make_api

__all__ = ["Control", "make_api"]
