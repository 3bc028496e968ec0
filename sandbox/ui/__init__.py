"""The page."""

from sandbox.ui.page import page_routes

__all__ = ["page_routes"]
