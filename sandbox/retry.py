"""What Segment tries again, as values."""

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
"""The statuses of a subscription's answer after which Segment tries again.

501 is not among them: it says that the type of call is not supported, which no retry changes.
Source: segmentio/integration, the base of Segment's own destinations; segment-docs, Subscriptions FAQ.
"""


def is_retried(status: int | None) -> bool:
    """Tell whether Segment tries again after this answer; `None` stands for no answer at all."""
    return status is None or status in RETRIED_STATUSES
