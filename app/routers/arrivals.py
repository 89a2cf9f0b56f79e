"""Where gateways and the mailroom bring what arrived; it is safe once they are answered."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Response

from app.channels.email.headers import read_headers
from app.channels.email.machines import by_machine
from app.domain.access import Actor, Scope
from app.domain.envelope import Channel, Delivery, Envelope, Part, Spooled
from app.domain.errors import FieldProblem, NotAllowed
from app.domain.junk import JUNK_FACT
from app.domain.stack import SEPARATOR_FACT, SIDES_FACT
from app.intake import mailboxes
from app.intake.desk import Desk
from app.intake.look import Look, look
from app.intake.receive import Received, receive
from app.routers.desk import Language, TheDesk, Who
from app.routers.fields import (
    AddressInstant,
    Code,
    Day,
    FormCount,
    Incoming,
    Instant,
    Name,
    QueryUid,
    Text,
)
from app.routers.machines import SaidOfMachine
from app.routers.operation import JSON, operation
from app.routers.schemas_submissions import (
    KnownOut,
    MailboxReport,
    ReceivedOut,
    ScanReceivedOut,
    warnings_out,
)
from app.routers.uploads import (
    MESSAGE,
    MULTIPART,
    Upload,
    form_body,
    raw_body,
    read_fields,
    uploaded,
)

router = APIRouter(prefix="/api/v1/intake", tags=["intake"])
_FAX_GATEWAY = "fax gateway"
_FOLDER = "INBOX"
_HEADER_BYTES = 256 * 1024
"""As far as the poller looks for a Message-ID, too."""
_REPEATED = {
    200: {"description": "The same arrival came before.", "model": ReceivedOut},
}
_REPEATED_SCAN = {
    200: {"description": "The same arrival came before.", "model": ScanReceivedOut},
}
_MESSAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            MESSAGE[0]: {
                "schema": {"type": "string", "format": "binary"},
                "example": (
                    "From: hanako@example.jp\r\nTo: simin@example.jp\r\n"
                    "Subject: =?utf-8?B?5oSP6KaL?=\r\n"
                    "Message-ID: <1@example.jp>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                    "氏名：旭川 花子\r\n"
                ),
            }
        },
    }
}


class FaxFields(Incoming):
    """What a fax gateway says of a job."""

    received_at: Instant
    job_id: Text | None = None
    station_id: Text | None = None
    caller_number: Text | None = None
    pages_announced: FormCount | None = None
    gateway: Text | None = None
    transmission_error: Text | None = None


class ScanFields(Incoming):
    """What the mailroom says of a scan."""

    channel: Literal["mail", "drop_box"]
    received_at: Instant
    delivery: Literal["post", "hand"] | None = None
    postmarked_on: Day | None = None
    drop_box: Code | None = None
    collection_id: Text | None = None
    declared_count: FormCount | None = None
    separator: Literal["none", "blank", "sheet"] | None = None
    sides: Literal["one", "two", "fronts_then_backs"] | None = None
    consultation: Code | None = None


def _foreign_facts(sent: ScanFields) -> Iterator[FieldProblem]:
    """Each channel has facts of its own; one that belongs to the other is a slip."""
    if sent.channel == "mail":
        if sent.delivery is None:
            yield FieldProblem("/delivery", "required")
        names, code = ("drop_box", "collection_id"), "only_for_drop_box"
    else:
        names, code = ("delivery", "postmarked_on"), "only_for_paper_mail"
    for name in names:
        if getattr(sent, name) is not None:
            yield FieldProblem(f"/{name}", code)


@router.post(
    "/emails",
    status_code=202,
    **operation(
        Scope.INTAKE_EMAIL,
        503,
        507,
        whole=True,
        takes=MESSAGE,
        upload=True,
        extra=_MESSAGE_BODY,
        success=_REPEATED,
    ),
)
def take_mail(
    internal_date: Annotated[AddressInstant, Query(description="The server's time of arrival.")],
    data: Annotated[bytes | Spooled, Depends(raw_body)],
    desk: TheDesk,
    who: Who,
    response: Response,
    said: SaidOfMachine,
    mailbox: Annotated[Name | None, Query()] = None,
    folder: Annotated[Name | None, Query()] = None,
    uidvalidity: Annotated[QueryUid | None, Query()] = None,
    uid: Annotated[QueryUid | None, Query()] = None,
    junk: Annotated[
        Literal["yes"] | None, Query(description="The server names its folder as one for junk.")
    ] = None,
) -> ReceivedOut:
    """Take a mail, byte for byte; one of an office machine may be said to bring fax or paper."""
    named = {"mailbox": mailbox, "folder": folder, "uidvalidity": uidvalidity, "uid": uid}
    named |= {JUNK_FACT: junk}
    facts = {name: str(value) for name, value in named.items() if value}
    mail = Part(filename=None, media_type=MESSAGE[0], data=data)
    headers = read_headers(mail.head(_HEADER_BYTES))
    message_id = headers.message_id()
    if message_id is not None:
        facts["message_id"] = message_id
    item = None
    if uidvalidity is not None and uid is not None:
        item = mailboxes.item_of(uidvalidity, uid)
    envelope = Envelope(
        channel=Channel.EMAIL,
        received_at=internal_date,
        source=mailboxes.source_of(mailbox or who.name, folder or _FOLDER),
        source_item=item,
        parts=(mail,),
        facts=facts,
    )
    if said is not None:
        envelope = by_machine(envelope, headers, said)
    return _taken(desk, envelope, who, response)


@router.get("/emails/known", **operation(Scope.INTAKE_EMAIL, 422, whole=True))
def is_mail_known(
    mailbox: Annotated[Name, Query()],
    folder: Annotated[Name, Query()],
    uidvalidity: Annotated[QueryUid, Query()],
    uid: Annotated[QueryUid, Query()],
    desk: TheDesk,
) -> KnownOut:
    """Say whether a mail's bytes are safely here, so that a poller need not fetch it again."""
    known = mailboxes.known(
        desk, mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, uids=[uid]
    )
    return KnownOut(known=uid in known)


@router.post(
    "/mailboxes",
    status_code=204,
    **operation(Scope.INTAKE_EMAIL, 503, 507, whole=True, takes=JSON),
)
def report_mailbox(sent: Annotated[MailboxReport, Body()], desk: TheDesk) -> None:
    """Say which mails a folder holds, so that one that never arrived here shows in the ledger."""
    mailboxes.report(
        desk,
        mailbox=sent.mailbox,
        folder=sent.folder,
        uidvalidity=sent.uidvalidity,
        uids=sent.uids,
        uidnext=sent.uidnext,
    )


@router.post(
    "/faxes",
    status_code=202,
    **operation(
        Scope.INTAKE_FAX,
        503,
        507,
        whole=True,
        takes=MULTIPART,
        upload=True,
        extra=form_body(
            FaxFields,
            "file",
            many=False,
            about="TIFF or PDF.",
            example={
                "file": "…",
                "received_at": "2015-05-15T23:59:58+09:00",
                "job_id": "FX-000123",
                "station_id": "0166000000",
                "pages_announced": 1,
            },
        ),
        success=_REPEATED,
    ),
)
def take_fax(
    upload: Annotated[Upload, Depends(uploaded)], desk: TheDesk, who: Who, response: Response
) -> ReceivedOut:
    """Take a fax job; ``received_at`` is the start of the call."""
    sent, parts = read_fields(FaxFields, upload, file_name="file", one=True)
    named = {
        "job_id": sent.job_id,
        "station_id": sent.station_id,
        "caller_number": sent.caller_number,
        "gateway": sent.gateway,
        "transmission_error": sent.transmission_error,
    }
    envelope = Envelope(
        channel=Channel.FAX,
        received_at=sent.received_at,
        source=sent.gateway or _FAX_GATEWAY,
        source_item=sent.job_id,
        announced=sent.pages_announced,
        parts=parts,
        facts={name: value for name, value in named.items() if value is not None},
    )
    return _taken(desk, envelope, who, response)


@router.post(
    "/scans",
    status_code=202,
    **operation(
        Scope.INTAKE_SCAN,
        503,
        507,
        takes=MULTIPART,
        upload=True,
        extra=form_body(
            ScanFields,
            "files",
            many=True,
            about="PDF, TIFF, JPEG, PNG or HEIC; one upload is one submission.",
            example={
                "files": ["…"],
                "channel": "mail",
                "delivery": "post",
                "received_at": "2015-05-18T10:00:00+09:00",
                "postmarked_on": "2015-05-15",
                "declared_count": 1,
            },
        ),
        success=_REPEATED_SCAN,
    ),
)
def take_scan(
    upload: Annotated[Upload, Depends(uploaded)],
    desk: TheDesk,
    who: Who,
    response: Response,
    language: Language,
) -> ScanReceivedOut:
    """Take a scan of paper; the forms in it are split into comments.

    ``warnings`` says which of the first pages should be scanned again, as far as that shows
    within a few seconds; ``pages_checked`` says how many pages that were, null where all were.
    """
    sent, parts = read_fields(ScanFields, upload, file_name="files", rules=_foreign_facts)
    if who.consultations and sent.consultation is None:
        raise NotAllowed("consultation_needed")
    laid = {SEPARATOR_FACT: sent.separator, SIDES_FACT: sent.sides}
    envelope = Envelope(
        channel=Channel(sent.channel),
        delivery=Delivery(sent.delivery) if sent.delivery else None,
        received_at=sent.received_at,
        source="",
        announced=sent.declared_count,
        parts=parts,
        consultation=sent.consultation,
        postmarked_on=sent.postmarked_on,
        drop_box=sent.drop_box,
        collection_id=sent.collection_id,
        facts={name: value for name, value in laid.items() if value is not None},
    )
    taken = _taken(desk, envelope, who, response)
    repeated = response.status_code == HTTPStatus.OK
    seen = Look(pages_checked=0) if repeated else look(desk, envelope)
    return ScanReceivedOut(
        submission_id=taken.submission_id,
        state=taken.state,
        warnings=warnings_out(seen.weaknesses, language),
        pages_checked=seen.pages_checked,
    )


def _taken(desk: Desk, envelope: Envelope, who: Actor, response: Response) -> ReceivedOut:
    received: Received = receive(desk, envelope, actor=who)
    if received.repeated:
        response.status_code = HTTPStatus.OK
    response.headers["Location"] = f"/api/v1/submissions/{received.submission_id}"
    return ReceivedOut(submission_id=received.submission_id, state=received.state)
