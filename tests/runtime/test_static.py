"""What the build of `web/` leaves behind."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "sandbox" / "_static"


def test_every_package_in_the_build_has_its_licence() -> None:
    """The licences of what is bundled ship with it."""
    licences = (STATIC / "THIRD_PARTY_LICENSES.txt").read_text("utf-8")
    for name in (
        "node-fetch 2.6.0 (MIT)",
        "core-js",
        "readable-stream",
        "node-inspect-extracted",
        "btoa 1.2.1",
    ):
        assert name in licences


def test_the_lock_file_names_no_registry() -> None:
    """Where packages come from is the builder's affair."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_no_script_mentions_the_machine_it_was_built_on() -> None:
    """The bundles hold no path of the builder's."""
    for script in (STATIC / "runtime").glob("*.js"):
        assert str(ROOT) not in script.read_text("utf-8")
