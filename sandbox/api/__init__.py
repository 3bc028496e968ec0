"""The sandbox's own API under /_sandbox/."""

from sandbox.api.application import Control, make_api
from sandbox.api.guard import Guard

__all__ = ["Control", "Guard", "make_api"]
