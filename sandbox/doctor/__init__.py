"""What has arrived from which SDK, and what looks wrong: a pure judgement over facts of journal and workspace."""

from sandbox.doctor.facts import Arrived, Facts, Refused, SourceState, UnknownKey
from sandbox.doctor.report import report
from sandbox.doctor.rules import Finding, findings

__all__ = ["Arrived", "Facts", "Finding", "Refused", "SourceState", "UnknownKey", "findings", "report"]
