"""API keys: made, listed, revoked; a key itself is shown once."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from pydantic import ConfigDict, Field

from app.domain.access import Scope
from app.intake import keys
from app.routers.desk import TheDesk, Who
from app.routers.fields import Code, Incoming, JapanInstant, Name, Outgoing
from app.routers.operation import JSON, operation

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


class KeyIn(Incoming):
    """A key to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "電子申請", "scopes": ["comments:submit"]}]}
    )

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    consultations: Annotated[tuple[Code, ...], Field(max_length=1000)] = ()


class CreatedKeyOut(Outgoing):
    """A new key; ``key`` is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "014d5a3e9c1b7f20c64fe1a87d3b9027", "key": "ikb_…"}]}
    )

    id: str
    key: str


class KeyOut(Outgoing):
    """A key without its secret, which nobody knows any more."""

    id: str
    name: str
    scopes: list[Scope]
    consultations: list[str]
    created_at: JapanInstant
    revoked_at: JapanInstant | None


class KeysOut(Outgoing):
    """Every key there ever was, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "id": "014d5a3e9c1b7f20c64fe1a87d3b9027",
                            "name": "電子申請",
                            "scopes": ["comments:submit"],
                            "consultations": [],
                            "created_at": "2015-04-01T09:00:00+09:00",
                            "revoked_at": None,
                        }
                    ]
                }
            ]
        }
    )

    items: list[KeyOut]


@router.post("", status_code=201, **operation(Scope.ADMIN, 503, 507, whole=True, takes=JSON))
def create_key(sent: Annotated[KeyIn, Body()], desk: TheDesk, who: Who) -> CreatedKeyOut:
    """Make a key; ``consultations`` confines it to these."""
    created = keys.create(
        desk,
        name=sent.name,
        scopes=frozenset(sent.scopes),
        consultations=frozenset(sent.consultations),
        actor=who,
    )
    return CreatedKeyOut(id=created.id, key=created.key)


@router.get("", **operation(Scope.ADMIN, whole=True))
def list_keys(desk: TheDesk) -> KeysOut:
    """Give every key, the revoked ones too."""
    return KeysOut(
        items=[
            KeyOut(
                id=each.actor.id,
                name=each.actor.name,
                scopes=sorted(each.actor.scopes),
                consultations=sorted(each.actor.consultations),
                created_at=each.created_at,
                revoked_at=each.revoked_at,
            )
            for each in desk.queries.access.every_key()
        ]
    )


@router.delete("/{key_id}", status_code=204, **operation(Scope.ADMIN, 404, 503, 507, whole=True))
def revoke_key(
    key_id: Annotated[str, Path(description="The key's id.")],
    request: Request,
    desk: TheDesk,
    who: Who,
) -> None:
    """Revoke a key at once, and end the staff sessions it opened."""
    keys.revoke(desk, key_id, actor=who)
    request.app.state.keyring.forget()
