"""What is wrong through the user's doing, in sentences: what, where, what was expected, what to do."""


class UserMistakeError(Exception):
    """Something that the user can mend.

    The command line prints the message and the hint without a traceback and exits with `exit_code`;
    the API and the page show the same words.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class CannotStartError(UserMistakeError):
    """The sandbox cannot start here and now: the port is in use, the folder is locked."""

    exit_code = 3
