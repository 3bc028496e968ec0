"""Frames arrive whole, however the bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.runtime.frames import FrameTooLongError, Unframer, frame


@given(st.lists(st.binary(max_size=20)), st.integers(1, 60))
def test_payloads_survive_any_cut(payloads: list[bytes], step: int) -> None:
    """Whatever pieces the bytes come in, the payloads come out as they were."""
    data = b"".join(frame(payload) for payload in payloads)
    unframer = Unframer()
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert [payload for piece in pieces for payload in unframer.feed(piece)] == payloads


def test_a_frame_over_the_limit_is_refused() -> None:
    """The length alone is enough to refuse a frame."""
    with pytest.raises(FrameTooLongError, match="a frame of 11 bytes; at most 10 are taken"):
        Unframer(limit=10).feed(frame(b"x" * 11)[:4])


def test_a_whole_frame_over_the_limit_is_refused() -> None:
    """It does not matter that all of it is there already."""
    with pytest.raises(FrameTooLongError, match="a frame of 11 bytes; at most 10 are taken"):
        Unframer(limit=10).feed(frame(b"x" * 11))
