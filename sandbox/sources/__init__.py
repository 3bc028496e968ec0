"""Where data comes in: the Tracking API that every SDK calls, its CDN and tokens, and source functions."""

from sandbox.sources.cdn import Cdn
from sandbox.sources.faults import FaultGate
from sandbox.sources.oauth import Signer, TokenServer
from sandbox.sources.source_function import SourceFunction, SourceFunctions
from sandbox.sources.tokens import Tokens
from sandbox.sources.tracking_api import TrackingApi

__all__ = ["Cdn", "FaultGate", "Signer", "SourceFunction", "SourceFunctions", "TokenServer", "Tokens", "TrackingApi"]
