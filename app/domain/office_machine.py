"""What is noted of an arrival that an office machine (複合機・ファクス) sent by mail."""

from collections.abc import Mapping

MACHINE_FACT = "machine"
"""Name of the rule that took a mail for one of a machine; only such mails have it."""
EVIDENCE_FACT = "machine_evidence"
"""The header fields by which the rule knew it, in lower case, parted by commas."""
SUBJECT_FACT = "subject"
"""The subject as the machine wrote it: untrusted text of the other side may stand in it."""


def came_by_machine(facts: Mapping[str, str]) -> bool:
    """Say whether a machine mailed it, as far as a rule can tell: a sender may be forged."""
    return MACHINE_FACT in facts
