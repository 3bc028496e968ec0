"""Looks over the partner's JavaScript for what bites in production."""

from sandbox.lint.finding import Finding, Handlers, Script, Severity
from sandbox.lint.linter import lint, rules

__all__ = ["Finding", "Handlers", "Script", "Severity", "lint", "rules"]
