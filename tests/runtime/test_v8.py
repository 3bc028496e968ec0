"""The V8 library is checked before it is used."""

from pathlib import Path

import pytest

from sandbox.errors import CannotStartError
from sandbox.runtime.v8 import library_folder, load_library


def test_a_library_that_does_not_fit_is_told_in_one_sentence(tmp_path: Path) -> None:
    """The sentence names the version that is needed, and the hint how to get it."""
    with pytest.raises(CannotStartError, match=r"does not fit .* mini-racer 0\.14 is needed") as caught:
        load_library(tmp_path, ())
    assert caught.value.hint == "Install it: pip install 'mini-racer==0.14.*'"


def test_a_library_without_the_symbols_does_not_fit(tmp_path: Path) -> None:
    """Another version's library may load and still be of no use."""
    for name in ("libmini_racer.so", "libmini_racer.dylib", "mini_racer.dll"):
        (tmp_path / name).write_bytes(b"no library")
    with pytest.raises(CannotStartError, match="does not fit"):
        load_library(tmp_path, ())


def test_the_library_is_found_without_importing_its_package() -> None:
    """Its package brings in far more than the worker should pay for."""
    assert (library_folder() / "icudtl.dat").is_file()
