"""The password: where it comes from, how it is compared, and how often one may guess."""

from pathlib import Path

import pytest

from sandbox.errors import UserMistakeError
from sandbox.password import GUESSES, PASSWORD_VARIABLE, WINDOW_S, Guesses, Password, password_of

WORDS = "correct horse battery"


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    """What is said at the start counts, and the end of its line is none of it."""
    file = tmp_path / "password"
    file.write_bytes(WORDS.encode() + b"\r\n")
    password = password_of(file, {PASSWORD_VARIABLE: "another one"})
    assert password is not None
    assert password.equals(WORDS)
    assert not password.equals("another one")


def test_without_file_and_variable_there_is_none() -> None:
    """The sandbox of one machine asks for nothing."""
    assert password_of(None, {}) is None


def test_the_variable_alone_is_enough() -> None:
    """For containers, which are given their environment."""
    password = password_of(None, {PASSWORD_VARIABLE: WORDS})
    assert password is not None
    assert password.equals(WORDS)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "No such file or directory", id="no file"),
        pytest.param(b"", "8 letters or more", id="nothing"),
        pytest.param(b"short\n", "8 letters or more", id="too short"),
        pytest.param(b"one line\nand another\n", "on one line", id="two lines"),
        pytest.param(b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", "not text in UTF-8", id="bytes"),
    ],
)
def test_what_is_no_password_is_said_without_it(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """The file is named, what it holds is not."""
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserMistakeError) as raised:
        password_of(file, {})
    assert sentence in raised.value.message
    assert str(file) in raised.value.message
    assert "short" not in str(raised.value).split(str(file))[-1]


def test_the_password_is_in_no_text_of_it() -> None:
    """Whoever prints how the sandbox was started prints no password."""
    assert repr(Password.of(WORDS)) == "Password()"


def test_a_password_may_have_any_letters() -> None:
    """Bytes that are no text are another password, and no fault."""
    password = Password.of("пароль 密码 ✓")
    assert password.equals("пароль 密码 ✓")
    assert not password.equals("\udcff")


def test_guesses_are_counted_by_address_and_minute() -> None:
    """One who guesses locks out nobody else, and himself for a minute at most."""
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(GUESSES):
        assert not guesses.too_many("192.0.2.1")
        guesses.add("192.0.2.1")
    assert guesses.too_many("192.0.2.1")
    assert not guesses.too_many("192.0.2.2")
    now[0] = WINDOW_S
    assert not guesses.too_many("192.0.2.1")
