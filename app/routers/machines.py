"""What a gateway says of a mail that an office machine sent, and whether it fits together."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Depends, Query

from app.channels.email.machines import ByMachine
from app.domain.envelope import Channel, Delivery
from app.domain.errors import FieldProblem, InvalidInput
from app.routers.fields import Name, Words


def said_of_machine(
    channel: Annotated[
        Literal["fax", "mail"] | None,
        Query(description="Where an office machine mails what it took in: the way that came."),
    ] = None,
    machine: Annotated[
        Name | None, Query(description="With `channel`: the machine, as records call it.")
    ] = None,
    delivery: Annotated[
        Literal["post", "hand"] | None, Query(description="With `channel=mail`.")
    ] = None,
    machine_evidence: Annotated[
        Words | None,
        Query(description="Names of the headers by which it was known, parted by commas."),
    ] = None,
) -> ByMachine | None:
    """Take what is said of a machine; None where the mail is a person's.

    Raises:
        InvalidInput: What is said does not fit together.
    """
    problems = tuple(_problems(channel, machine, delivery, machine_evidence))
    if problems:
        raise InvalidInput(problems=problems)
    if channel is None or machine is None:
        return None
    return ByMachine(
        machine=machine,
        channel=Channel(channel),
        delivery=Delivery(delivery) if delivery else None,
        evidence=tuple(
            each.strip().lower() for each in (machine_evidence or "").split(",") if each.strip()
        ),
    )


SaidOfMachine = Annotated[ByMachine | None, Depends(said_of_machine)]


def _problems(
    channel: str | None, machine: str | None, delivery: str | None, evidence: str | None
) -> Iterator[FieldProblem]:
    if channel is None:
        for name, value in (("machine", machine), ("machine_evidence", evidence)):
            if value is not None:
                yield FieldProblem(f"/{name}", "only_for_machine_mail")
    elif machine is None:
        yield FieldProblem("/machine", "required")
    if channel == "mail" and delivery is None:
        yield FieldProblem("/delivery", "required")
    if channel != "mail" and delivery is not None:
        yield FieldProblem("/delivery", "only_for_paper_mail")
