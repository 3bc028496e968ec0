"""The command `segment-sandbox` and its verbs."""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from sandbox.errors import UserMistakeError

INTERRUPTED = 130


class _Commands(click.Group):
    """Prints the user's mistakes without a traceback, and exits with their code; interrupted, with 130."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserMistakeError as mistake:
            from sandbox.cli.lines import printable  # noqa: PLC0415 - who makes no mistake waits for nothing

            for line in str(mistake).split("\n"):  # what a client made up may be in it
                click.echo(printable(line), err=True)
            ctx.exit(mistake.exit_code)
        except KeyboardInterrupt:  # click would exit 1
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="segment-sandbox", prog_name="segment-sandbox")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A fake Segment workspace on one local port, for the people who build integrations."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--template", type=click.Choice(["function", "webhook"]), default="function", show_default=True)
def init(folder: Path, template: Any) -> None:
    """Write a partner project that works at once."""
    from sandbox.workspace import write_template  # noqa: PLC0415 - each verb imports what it needs

    for file in write_template(folder, template):
        click.echo(f"wrote {file}")
    go = "" if folder == Path() else f"cd {folder} && "
    click.echo(f"Next: {go}segment-sandbox up")


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8484, show_default=True, help="0 takes a free one.")
@click.option("--tls", is_flag=True, help="Speak TLS as well, on a second port.")
@click.option(
    "--tls-port", type=click.IntRange(0, 65535), default=8485, show_default=True, help="0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Another name for this sandbox.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ask for the password in this file; else for that in SEGMENT_SANDBOX_PASSWORD, if it is set.",
)
@click.option("--ephemeral", is_flag=True, help="Keep the journal in a temporary folder that goes at exit.")
@click.option(
    "--journal",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the journal in this folder.",
)
@click.option("--offline", is_flag=True, help="Let nothing connect beyond this machine.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="How many of the newest messages stay.")
@click.option("--clock", metavar="MODE", help="How the sandbox's clock goes: real, fast:1000 or manual.")
@click.option("--no-reload", "reload", is_flag=True, flag_value=False, default=True, help="Do not watch the files.")
@click.option("--stdin", is_flag=True, help="Stop when standard input ends.")
def up(**flags: Any) -> None:
    """Start the sandbox for the workspace in this folder, or the embedded one where there is none."""
    from sandbox.cli.imports import import_up  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(import_up()(Path.cwd(), flags))


def _url_option(command: Any) -> Any:
    help_text = "Where the sandbox answers; else SEGMENT_SANDBOX_URL, the one of this folder, the default port."
    return click.option("--url", help=help_text)(command)


@cli.command()
@click.argument("file", metavar="FILE|-", required=False)
@click.option("--message", type=click.IntRange(min=1), metavar="SEQ", help="The journal's message of this number.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a value, JSON or text.")
@click.option("--unset", "removals", multiple=True, metavar="PATH", help="Take a part out.")
@click.option("--to", metavar="SLUG", help="Try this destination only, past every filter; nothing is stored.")
@click.option("--source", metavar="SLUG", help="The source to send through, where there is more than one.")
@click.option("--keep-message-id", is_flag=True, help="Keep the event's messageId instead of a new one.")
@click.option("--secrets", is_flag=True, help="Show secrets as they were sent; else they are masked.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def send(**flags: Any) -> None:
    """Send an event: a file, a sample by name, - for standard input, or a message of the journal."""
    from sandbox.cli.send import Wanted, run  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(Wanted(**flags)))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print each change as one line of JSON.")
@click.option("--after", type=click.IntRange(min=0), metavar="SEQ", help="Begin after this number, not now.")
@_url_option
def listen(as_json: bool, after: int | None, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Follow what happens in the running sandbox."""
    from sandbox.cli.listen import run  # noqa: PLC0415 - each verb imports what it needs

    run(as_json=as_json, after=after, url=url)


@cli.command("test")
@click.argument("component", required=False)
@click.option("--setting", "settings", multiple=True, metavar="KEY=VALUE", help="A setting in place of the file's.")
@click.option(
    "--suite",
    "suites",
    multiple=True,
    type=click.Choice(["standard", "alias-delete", "spec", "hostile", "samples"]),
    help="Run this in place of Segment's eight events.",
)
@click.option(
    "--samples",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Run the sample events of this folder.",
)
@click.option("--update", is_flag=True, help="Write what is seen into the files of expectations.")
@click.option("--watch", is_flag=True, help="Run again at every save what failed and what it touches.")
@click.option("--strict", is_flag=True, help="Count yellow as red.")
@click.option("--secrets", is_flag=True, help="Show secrets as they were sent; else they are masked.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--tap", "as_tap", is_flag=True, help="Print the results in the Test Anything Protocol.")
@click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit's XML.")
@_url_option
def run_tests(component: str | None, settings: tuple[str, ...], url: str | None, **how: Any) -> None:
    """Run the Test Suite against a component of the App, or against each that it has."""
    from sandbox.cli.suite import Wanted, run, settings_of  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(Wanted(component, settings_of(settings), **how), url))


@cli.command()
@click.argument("conditions", nargs=-1, metavar="[PATH=VALUE]...")
@click.option("--kind", type=click.Choice(["message", "delivery"]), help="What to wait for.  [default: message]")
@click.option("--type", metavar="TEXT", help="Of this type.")
@click.option("--event", metavar="TEXT", help="With this event name.")
@click.option("--user", metavar="TEXT", help="Of this user.")
@click.option("--source", metavar="SLUG", help="From this source.")
@click.option("--message", type=click.IntRange(min=1), metavar="SEQ", help="The message of this number.")
@click.option("--destination", metavar="SLUG", help="A delivery to this destination.")
@click.option("--state", metavar="STATE", help="In this state.  [default: accepted, or what is over]")
@click.option("--reason", metavar="TEXT", help="With this reason.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="How many of them.  [default: 1]")
@click.option("--after", type=click.IntRange(min=0), metavar="SEQ", help="What came after this number.  [default: 0]")
@click.option("--timeout", metavar="DURATION", help="How long, 60s at most.  [default: 10s]")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def wait(conditions: tuple[str, ...], as_json: bool, url: str | None, **options: Any) -> None:  # noqa: FBT001 - click passes by name
    """Wait until messages or deliveries that fit are there; exit with 4 when they did not come."""
    from sandbox.cli.wait import run  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(conditions, options, as_json=as_json, url=url))


@cli.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENT]...")
@click.option("--offline", is_flag=True, help="Let nothing connect beyond this machine.")
@click.option("--clock", metavar="MODE", help="How the sandbox's clock goes: real, fast:1000 or manual.")
def exec_(command: tuple[str, ...], offline: bool, clock: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Run a command, such as your tests, beside a sandbox of its own."""
    from sandbox.cli.exec import run  # noqa: PLC0415 - each verb imports what it needs

    options = [*(["--offline"] if offline else []), *(["--clock", clock] if clock else [])]
    sys.exit(run(command, Path.cwd(), options))


@cli.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("--json", "as_json", is_flag=True, help="Print what is wrong as one JSON object.")
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:  # noqa: FBT001 - click passes by name
    """Look for mistakes in the workspace file, the functions and the sample events, or in the named files."""
    from sandbox.cli.check import run  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(Path.cwd(), files, as_json=as_json, strict=strict))


@cli.command()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Where to write them instead of segment.d.ts; - prints them.",
)
def types(output: Path | None) -> None:
    """Write declarations with which an editor completes and checks the functions of this folder."""
    from sandbox.cli.types import run  # noqa: PLC0415 - each verb imports what it needs

    run(Path.cwd(), output)


@cli.command()
@click.argument("name", required=False)
@click.option("--source", metavar="SLUG", help="The source whose write key is shown; else the first one.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def sdk(name: str | None, source: str | None, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """List Segment's SDKs, or show how one is pointed at this sandbox, and what to mind."""
    from sandbox.cli.sdk import run  # noqa: PLC0415 - each verb imports what it needs

    run(name, source=source, as_json=as_json, url=url)


@cli.command()
@click.option("--after", type=click.IntRange(min=0), metavar="SEQ", help="Judge what came after this number.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def doctor(after: int | None, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Say what has arrived from which SDK, and what looks wrong."""
    from sandbox.cli.doctor import run  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(after=after, as_json=as_json, url=url))


@cli.command()
@click.option("--since", metavar="DURATION", help="How far back, such as 15m; 4h at most.  [default: 1h]")
@click.option("--destination", metavar="SLUG", help="Only deliveries to this destination.")
@click.option("--source", metavar="SLUG", help="Only what came from this source.")
@click.option("--event", metavar="TEXT", help="Only what has this event name.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def overview(as_json: bool, url: str | None, **which: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Show how far messages came, by step, and why no further."""
    from sandbox.cli.overview import run  # noqa: PLC0415 - each verb imports what it needs

    run(which, as_json=as_json, url=url)


@cli.group()
def faults() -> None:
    """Have requests of SDKs, or those to the partner's service, fail on purpose."""


@faults.command("add")
@click.option("--toward", metavar="SIDE", help="Who meets it: sdk or partner.  [default: sdk]")
@click.option("--source", metavar="SLUG", help="Only requests with this source's write key.")
@click.option("--write-key", metavar="KEY", help="Only requests with this write key, whosever it is.")
@click.option("--path", metavar="PATH", help="Only requests to this path; * stands for any characters.")
@click.option("--calls", metavar="CALLS", help="Which of them: 2, 1,4, 1-3, 4- or 'every 2nd'.  [default: all]")
@click.option("--status", type=int, metavar="N", help="Answer this status; the event goes nowhere.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of that answer.")
@click.option("--body", metavar="TEXT", help="The body of that answer, JSON or not.")
@click.option("--delay", metavar="SECONDS", help="Wait before all else; toward the partner also a range, 1-5.")
@click.option("--destination", metavar="SLUG", help="Only what goes to this destination.")
@click.option("--type", metavar="TYPE", help="Only calls of this type.")
@click.option("--event", metavar="NAME", help="Only events of this name; * stands for any characters.")
@click.option("--request-url", "recipe_url", metavar="URL", help="Only requests to this address; * as above.")
@click.option("--attempts", metavar="ATTEMPTS", help="Only these attempts of a delivery, as in --calls.")
@click.option("--network", metavar="END", help="No answer: hang, reset, cut, dns, refused or tls.")
@click.option("--quota", type=int, metavar="N", help="Let N requests through in each window, answer 429 to more.")
@click.option("--window", type=float, metavar="SECONDS", help="How long it is, by the sandbox's clock.")
@click.option("--hold", metavar="SECONDS", help="Hold events back so long, or for a range such as 60-600.")
@click.option("--duplicate", is_flag=True, default=None, help="Make the attempt twice.")
@click.option("--skew", type=float, metavar="SECONDS", help="Move the event's own stamps.")
@click.option("--cut", is_flag=True, default=None, help="End the connection in place of an answer.")
@click.option("--taken-in", is_flag=True, default=None, help="Take the request in first, and lose its answer alone.")
@click.option("--probability", type=float, metavar="P", help="How likely a request is struck, 0 to 1.")
@click.option("--seed", type=int, metavar="N", help="Make other draws; the same seed makes the same.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def faults_add(as_json: bool, url: str | None, **recipe: Any) -> None:  # noqa: FBT001 - click passes by name
    """Add a recipe, in effect until it is cleared or the sandbox stops."""
    from sandbox.cli.faults import add  # noqa: PLC0415 - each verb imports what it needs

    add(recipe, as_json=as_json, url=url)


@faults.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def faults_list(as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """List the recipes in effect, and how often each has struck."""
    from sandbox.cli.faults import show  # noqa: PLC0415 - each verb imports what it needs

    show(as_json=as_json, url=url)


@faults.command("clear")
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def faults_clear(number: int | None, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Take one recipe out, or all of them."""
    from sandbox.cli.faults import clear  # noqa: PLC0415 - each verb imports what it needs

    clear(number, as_json=as_json, url=url)


@cli.group("clock", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
@click.pass_context
def clock(ctx: click.Context, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Show the sandbox's clock, which governs what waits, or change it."""
    from sandbox.cli.clock import show  # noqa: PLC0415 - each verb imports what it needs

    if ctx.invoked_subcommand is None:
        show(as_json=as_json, url=url)


@clock.command("advance")
@click.argument("duration")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def clock_advance(duration: str, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Skip a time such as 90s, 4h or 1h30m; return when all that fell due was tried."""
    from sandbox.cli.clock import change  # noqa: PLC0415 - each verb imports what it needs

    change({"advance": duration}, as_json=as_json, url=url)


@clock.command("mode")
@click.argument("mode")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def clock_mode(mode: str, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Let the clock go on at another pace: real, fast:1000 or manual."""
    from sandbox.cli.clock import change  # noqa: PLC0415 - each verb imports what it needs

    change({"mode": mode}, as_json=as_json, url=url)


def _selecting(command: Any, keys: Mapping[str, str]) -> Any:
    for key, help_text in reversed(tuple(keys.items())):
        number = key in {"message", "delivery"}
        kind = click.IntRange(min=1) if number else str
        command = click.option(
            f"--{key.replace('_', '-')}", type=kind, metavar="SEQ" if number else "TEXT", help=help_text
        )(command)
    return command


_MESSAGES: Final = {
    "message": "The message of this number.",
    "source": "Those of this source.",
    "type": "Those of this type.",
    "event": "Those with this event name.",
    "user": "Those of this user.",
    "sent_to": "Those with a delivery to this destination.",
    "state": "Those with a delivery in this state.",
    "reason": "Those with a delivery that has this reason.",
}
_DELIVERIES: Final = {
    "delivery": "The delivery of this number.",
    "message": "Those of this message.",
    "destination": "Those to this destination.",
    "state": "Those in this state.",
    "reason": "Those with this reason.",
    "source": "Those from this source.",
    "type": "Those of this type.",
    "event": "Those with this event name.",
    "user": "Those of this user.",
}


@cli.command()
@partial(_selecting, keys=_DELIVERIES)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def retry(as_json: bool, url: str | None, **which: Any) -> None:  # noqa: FBT001 - click passes by name
    """Try deliveries again that failed, were stopped or await a retry; all options given must fit."""
    from sandbox.cli.again import retry  # noqa: PLC0415 - each verb imports what it needs

    retry(which, as_json=as_json, url=url)


@cli.command()
@partial(_selecting, keys=_MESSAGES)
@click.option("--to", metavar="SLUG", help="Send to this destination only.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a value, JSON or text.")
@click.option("--unset", "removals", multiple=True, metavar="PATH", help="Take a part out.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def replay(
    to: str | None,
    changes: tuple[str, ...],
    removals: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes by name
    url: str | None,
    **which: Any,
) -> None:
    """Send stored messages again, as Segment replays them; all options given must fit."""
    from sandbox.cli.again import replay  # noqa: PLC0415 - each verb imports what it needs

    replay(which, to=to, changes=changes, removals=removals, as_json=as_json, url=url)


@cli.command("export")
@click.option("--format", "kind", type=click.Choice(["ndjson", "har", "curl"]), default="ndjson", show_default=True)
@click.option("--type", metavar="TEXT", help="Messages of this type.")
@click.option("--event", metavar="TEXT", help="Messages with this event name.")
@click.option("--source", metavar="SLUG", help="Messages of this source.")
@click.option("--user", metavar="TEXT", help="Messages of this user.")
@click.option("--destination", metavar="SLUG", help="Requests of deliveries to this destination.")
@click.option("--state", metavar="TEXT", help="Requests of deliveries in this state.")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="SEQ", help="Begin after this number.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--secrets", is_flag=True, help="Write keys as they were sent; else they are masked.")
@_url_option
def export_(kind: str, after: int, output: Path | None, secrets: bool, url: str | None, **which: Any) -> None:  # noqa: FBT001 - click passes by name
    """Write messages as NDJSON, or the requests of deliveries as an HTTP Archive or as commands for curl."""
    from sandbox.cli.export import run  # noqa: PLC0415 - each verb imports what it needs

    run(kind, which, after=after, output=output, secrets=secrets, url=url)


@cli.command("import")
@click.argument("file", metavar="FILE|-")
@click.option("--source", metavar="SLUG", help="The source to send through, where there is more than one.")
@click.option("--keep-message-id", is_flag=True, help="Keep the events' messageIds instead of new ones.")
@click.option("--resume", metavar="ID:LINE", help="Go on with an import that broke off, as it said.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def import_(url: str | None, **wanted: Any) -> None:
    """Send the events of a file, a JSON object on each line, as new ones."""
    from sandbox.cli.importing import Wanted, run  # noqa: PLC0415 - each verb imports what it needs

    sys.exit(run(Wanted(**wanted), url))


@cli.command()
@click.option("--source", metavar="SLUG", help="Forget only what belongs to this source.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@_url_option
def reset(source: str | None, as_json: bool, url: str | None) -> None:  # noqa: FBT001 - click passes by name
    """Forget what the journal has: messages, deliveries, attempts, refused requests, seen messageIds."""
    from sandbox.cli.reset import run  # noqa: PLC0415 - each verb imports what it needs

    run(source=source, as_json=as_json, url=url)


def main() -> None:
    """Run the command line."""
    try:
        cli(standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
