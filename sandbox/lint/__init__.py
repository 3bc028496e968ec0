"""Looks over the partner's JavaScript for what bites in production."""

from sandbox.lint.finding import Finding, Handlers, Kind, Script, Severity
from sandbox.lint.linter import LintBrokenError, lint, rules

__all__ = ["Finding", "Handlers", "Kind", "LintBrokenError", "Script", "Severity", "lint", "rules"]
