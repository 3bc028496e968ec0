"""Where data comes in: the Tracking API that every SDK calls."""

from sandbox.sources.tracking_api import TrackingApi

__all__ = ["TrackingApi"]
