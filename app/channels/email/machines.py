"""Mails of office machines (複合機・ファクス), told from others by the rules of their mailbox.

A rule is a set of patterns for headers; all of them must fit. Headers can be forged, so what a
rule went by is noted and shown, and nothing is believed beyond the way the pages came.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from app.channels.email.headers import Headers
from app.domain.envelope import Channel, Delivery, Envelope
from app.domain.office_machine import EVIDENCE_FACT, MACHINE_FACT, SUBJECT_FACT

_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
"""Where the address stands to which a mail was sent; the last three are written by servers."""
_MAX_TEXT = 300
_PAGES = (
    re.compile(r"(?<!\d)(\d{1,3})\s*(?:ページ|頁|枚|pages?\b)", re.IGNORECASE),
    re.compile(r"(?:ページ数|頁数|枚数|\bpages?)\s*[:=]\s*(\d{1,3})(?!\d)", re.IGNORECASE),
)
_TELEPHONE = re.compile(
    r"(?<![\d-])(\+81[ -]?\d{1,4}[ -]?\d{1,4}[ -]?\d{3,4}|0\d{1,4}-\d{1,4}-\d{3,4}|0\d{9,10})"
    r"(?![\d-])"
)
_STATION = re.compile(
    r"(?:\bCSID|\bTSI|\bRTI|発信元名|送信元名|相手先名)\s*[:=]?\s*([^\s,、;()\[\]「」]{1,40})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRule:
    """How the mails of one machine are known, and what they bring.

    Attributes:
        name: The machine, as records call it.
        channel: ``fax``, or ``mail`` for paper that was scanned.
        delivery: For ``mail``: how the paper came.
        sender: A pattern for the address in From (``*`` stands for anything); None: any.
        recipient: A pattern for an address it was sent to; None: any.
        headers: Patterns for further headers by lower-case name, as a person reads them.
    """

    name: str
    channel: Channel
    delivery: Delivery | None = None
    sender: str | None = None
    recipient: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ByMachine:
    """A mail that a rule took for one of a machine.

    Attributes:
        machine: Name of the rule.
        channel: The way the pages came.
        delivery: For ``mail``: how the paper came.
        evidence: Lower-case names of the headers the rule went by.
    """

    machine: str
    channel: Channel
    delivery: Delivery | None
    evidence: tuple[str, ...]


def recognised(headers: Headers, rules: Sequence[MachineRule]) -> ByMachine | None:
    """Say which machine sent a mail by the first rule that fits; None where none does."""
    for rule in rules:
        evidence = _fitting(headers, rule)
        if evidence:
            return ByMachine(
                machine=rule.name,
                channel=rule.channel,
                delivery=rule.delivery,
                evidence=evidence,
            )
    return None


def by_machine(envelope: Envelope, headers: Headers, said: ByMachine) -> Envelope:
    """Give the envelope of a mail that brings what a machine took in.

    The mail stays its only original and its place in the mailbox stays its source. What the
    subject says of caller and pages is untrusted text.
    """
    decoded = headers.text("subject")
    subject = "" if decoded is None else decoded.text[:_MAX_TEXT]
    facts = {
        **envelope.facts,
        MACHINE_FACT: said.machine,
        EVIDENCE_FACT: ",".join(said.evidence),
        **({SUBJECT_FACT: subject} if subject else {}),
        **caller_facts(subject),
    }
    return replace(
        envelope,
        channel=said.channel,
        delivery=said.delivery,
        announced=announced_pages(subject) if said.channel is Channel.FAX else None,
        facts=facts,
    )


def caller_facts(subject: str) -> dict[str, str]:
    """Find who called, where a machine's subject says it.

    Returns:
        ``caller_number`` and ``station_id`` as they are written, where one can be told.
    """
    plain = unicodedata.normalize("NFKC", subject)
    numbers = {found.group(1) for found in _TELEPHONE.finditer(plain)}
    station = _STATION.search(plain)
    facts = {"caller_number": numbers.pop()} if len(numbers) == 1 else {}
    return facts if station is None else {**facts, "station_id": station.group(1)}


def announced_pages(subject: str) -> int | None:
    """Give the number of pages a subject states; None where it states none, or several."""
    plain = unicodedata.normalize("NFKC", subject)
    stated = {int(found.group(1)) for each in _PAGES for found in each.finditer(plain)} - {0}
    return stated.pop() if len(stated) == 1 else None


def evidence_of(headers: Headers, names: str) -> str:
    """Write out the headers a rule went by, for a person to judge."""
    values = ((name, headers.text(name)) for name in names.split(",") if name)
    return "、".join(
        f"{name.title()}: {value.text[:_MAX_TEXT]}" for name, value in values if value is not None
    )


def _fitting(headers: Headers, rule: MachineRule) -> tuple[str, ...]:
    """Name the headers that fit a rule; empty unless every condition holds."""
    names: list[str] = []
    for found in _conditions(headers, rule):
        if found is None:
            return ()
        names.append(found)
    return tuple(dict.fromkeys(names))


def _conditions(headers: Headers, rule: MachineRule) -> Iterator[str | None]:
    if rule.sender is not None:
        senders = headers.addresses("from")
        # With several senders nobody can say whose mail it is.
        yield "from" if len(senders) == 1 and _fits(senders[0], rule.sender) else None
    if rule.recipient is not None:
        pattern = rule.recipient
        yield next(
            (
                name
                for name in _RECIPIENTS
                if any(_fits(address, pattern) for address in headers.addresses(name))
            ),
            None,
        )
    for name, pattern in rule.headers.items():
        value = headers.text(name)
        yield name if value is not None and _fits(value.text, pattern) else None


def _fits(value: str, pattern: str) -> bool:
    return fnmatchcase(value.casefold(), pattern.casefold())
