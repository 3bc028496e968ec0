"""What a run of suites came to, for programs: JUnit's XML and TAP. Both read what the API answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from xml.etree import ElementTree as ET

import orjson

Shown: TypeAlias = Mapping[str, Any]

_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def failed(result: Shown, *, strict: bool) -> bool:
    """Say whether a result counts as red: yellow does where the run is strict."""
    return result["colour"] == "red" or (strict and result["colour"] == "yellow")


def words(result: Shown) -> list[str]:
    """Say why a result is not green: the reason, the component's words, the cause, the reviewer's part."""
    cause = result["cause"]
    place = f"{cause['place']}: {cause['text']}" if cause else ""
    differences = [difference_words(each) for each in result.get("differences") or ()]
    return [each for each in (result["reason"], result["message"], place, *differences, result["review"]) if each]


def difference_words(difference: Shown) -> str:
    """Write one difference between what was expected and what was seen."""
    expected, seen = (_value(difference, name) for name in ("expected", "seen"))
    return f"{difference['path']}: expected {expected}, saw {seen}"


def _value(difference: Shown, name: str) -> str:
    return orjson.dumps(difference[name]).decode() if name in difference else "nothing"


# -- JUnit ------------------------------------------------------------------------------------------------------


def junit(runs: Sequence[Shown], *, strict: bool) -> bytes:
    """Write the XML that CI servers read: red is a failure, yellow is skipped, or a failure where strict."""
    suites = ET.Element("testsuites", name="segment-sandbox")
    for run in runs:
        suites.append(_suite(run, strict=strict))
    ET.indent(suites)
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(run: Shown, *, strict: bool) -> ET.Element:
    results = run["results"]
    red = [each for each in results if failed(each, strict=strict)]
    skipped = [each for each in results if each["colour"] == "yellow" and each not in red]
    name = f"{run['component']} {run['suite']}"
    counts = {"tests": len(results), "failures": len(red), "errors": 0, "skipped": len(skipped)}
    attributes = {key: str(value) for key, value in counts.items()}
    suite = ET.Element("testsuite", {"name": name, **attributes, "time": _seconds(run["took_ms"])})
    for result in results:
        title = f"{str(result['type']).upper()} {result['title']}"
        case = ET.SubElement(
            suite, "testcase", classname=_xml(name), name=_xml(title), time=_seconds(result["took_ms"])
        )
        if result in red:
            failure = ET.SubElement(case, "failure", type=result["rule"], message=_xml(_headline(result)))
            failure.text = _xml("\n".join(words(result)))
        elif result in skipped:
            ET.SubElement(case, "skipped", message=_xml(" ".join(words(result))))
    return suite


def _headline(result: Shown) -> str:
    return f"{result['code']} {_one_line(result['message'] or result['reason'])}"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.4f}"


def _xml(text: str) -> str:
    """Leave out what no XML may hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


# -- TAP --------------------------------------------------------------------------------------------------------


def tap(runs: Sequence[Shown], *, strict: bool) -> str:
    """Write the Test Anything Protocol, version 14: yellow is ok and skipped, or not ok where strict."""
    results = [(run, result) for run in runs for result in run["results"]]
    lines = ["TAP version 14", f"1..{len(results)}"]
    for number, (run, result) in enumerate(results, 1):
        lines += _tap_lines(number, run, result, strict=strict)
    return "\n".join(lines) + "\n"


def _tap_lines(number: int, run: Shown, result: Shown, *, strict: bool) -> Iterator[str]:
    red = failed(result, strict=strict)
    title = f"{run['component']} {result['code']} {str(result['type']).upper()} {result['title']}"
    line = f"{'not ok' if red else 'ok'} {number} - {_tap_text(title)}"
    if result["colour"] == "yellow" and not red:
        line += f" # SKIP {_tap_text(result['message'] or result['reason'])}"
    yield line
    if red:
        told = {"rule": result["rule"], "why": words(result)}
        yield from ("  ---", *(f"  {key}: {orjson.dumps(value).decode()}" for key, value in told.items()), "  ...")


def _tap_text(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("#", "\\#")


def _one_line(text: str) -> str:
    return " ".join(text.split())
