"""Where data comes in: the Tracking API that every SDK calls, and the webhooks of source functions."""

from sandbox.sources.faults import FaultGate
from sandbox.sources.source_function import SourceFunction, SourceFunctions
from sandbox.sources.tracking_api import TrackingApi

__all__ = ["FaultGate", "SourceFunction", "SourceFunctions", "TrackingApi"]
