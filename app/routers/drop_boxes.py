"""Drop boxes (意見書提出箱) and the rounds that empty them (回収)."""

from typing import Annotated, Any  # examples are plain JSON

from fastapi import APIRouter, Body, Path, Response
from pydantic import ConfigDict, Field

from app.domain.access import Scope
from app.domain.drop_box import Collection, DropBox
from app.domain.errors import NotFound
from app.intake import drop_boxes
from app.routers.desk import TheDesk, Who
from app.routers.fields import Code, Count, Incoming, Instant, JapanInstant, Name, Outgoing, Text
from app.routers.operation import JSON, operation
from app.storage.queries.drop_boxes import CollectionCount

router = APIRouter(prefix="/api/v1", tags=["drop boxes"])
_BOX: dict[str, Any] = {"code": "kamui-branch", "name": "神居支所"}
_ROUND: dict[str, Any] = {
    "drop_box": "kamui-branch",
    "collected_at": "2015-05-15T17:20:00+09:00",
    "collected_by": ["旭川 一郎", "旭川 二郎"],
    "seal_removed": "A-0101",
    "seal_applied": "A-0102",
    "slip_count": 3,
}
_ROUND_ID = "014d5a3e9c1b7f20c64fe1a87d3b9030"
_COUNTED = {"id": _ROUND_ID, **_ROUND, "recorded": 2, "missing": 1}


class BoxIn(Incoming):
    """A box and where it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BOX]})

    code: Code
    name: Name


class BoxOut(Outgoing):
    """A box and where it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BOX]})

    code: str
    name: str


class BoxesOut(Outgoing):
    """Every box."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BOX]}]})

    items: list[BoxOut]


class CollectionIn(Incoming):
    """One round in which a box was emptied."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROUND]})

    drop_box: Code
    collected_at: Instant
    collected_by: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    seal_removed: Text | None = None
    seal_applied: Text | None = None
    slip_count: Count | None = None


class CollectionOut(Outgoing):
    """One round, and whether every slip in it has become a record."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": _ROUND_ID, **_ROUND, "recorded": 2, "missing": 1}]}
    )

    id: str
    drop_box: str
    collected_at: JapanInstant
    collected_by: list[str]
    seal_removed: str | None
    seal_applied: str | None
    slip_count: int | None
    recorded: int
    missing: int | None


class CollectionsOut(Outgoing):
    """Every round, the latest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_COUNTED]}]})

    items: list[CollectionOut]


@router.post(
    "/drop-boxes", status_code=201, **operation(Scope.INTAKE_SCAN, 409, 503, 507, takes=JSON)
)
def create_drop_box(sent: Annotated[BoxIn, Body()], desk: TheDesk, who: Who) -> BoxOut:
    """Add a drop box."""
    box = drop_boxes.create(desk, DropBox(code=sent.code, name=sent.name), actor=who)
    return BoxOut(code=box.code, name=box.name)


@router.get("/drop-boxes", **operation(Scope.INTAKE_SCAN))
def list_drop_boxes(desk: TheDesk) -> BoxesOut:
    """Give every drop box."""
    return BoxesOut(
        items=[BoxOut(code=each.code, name=each.name) for each in desk.queries.drop_boxes.boxes()]
    )


@router.post(
    "/drop-box-collections", status_code=201, **operation(Scope.INTAKE_SCAN, 503, 507, takes=JSON)
)
def record_collection(
    sent: Annotated[CollectionIn, Body()], desk: TheDesk, who: Who, response: Response
) -> CollectionOut:
    """Record a round; scans of what was in the box name its id as ``collection_id``."""
    collection = drop_boxes.collect(
        desk,
        Collection(
            id="",
            drop_box=sent.drop_box,
            collected_at=sent.collected_at,
            collected_by=sent.collected_by,
            seal_removed=sent.seal_removed,
            seal_applied=sent.seal_applied,
            slip_count=sent.slip_count,
        ),
        actor=who,
    )
    response.headers["Location"] = f"/api/v1/drop-box-collections/{collection.id}"
    return _collection_out(CollectionCount(collection=collection, recorded=0))


@router.get("/drop-box-collections", **operation(Scope.INTAKE_SCAN))
def list_collections(desk: TheDesk) -> CollectionsOut:
    """Give every round, the latest first."""
    return CollectionsOut(
        items=[_collection_out(each) for each in desk.queries.drop_boxes.collections()]
    )


@router.get("/drop-box-collections/{collection_id}", **operation(Scope.INTAKE_SCAN, 404))
def get_collection(
    collection_id: Annotated[str, Path(examples=[_ROUND_ID])], desk: TheDesk
) -> CollectionOut:
    """Give one round."""
    counted = desk.queries.drop_boxes.collection(collection_id)
    if counted is None:
        raise NotFound("collection_unknown")
    return _collection_out(counted)


def _collection_out(counted: CollectionCount) -> CollectionOut:
    collection = counted.collection
    return CollectionOut(
        id=collection.id,
        drop_box=collection.drop_box,
        collected_at=collection.collected_at,
        collected_by=list(collection.collected_by),
        seal_removed=collection.seal_removed,
        seal_applied=collection.seal_applied,
        slip_count=collection.slip_count,
        recorded=counted.recorded,
        missing=counted.missing,
    )
