"""What every operation may ask for: the desk, who is asking, and in which language.

These wait for nothing; being coroutines they cost no hop to another thread.
"""

from typing import Annotated

from fastapi import Depends, Request

from app.domain.access import Actor
from app.intake.desk import Desk
from app.routers.language import language_of
from app.routers.refusals import Unauthenticated


async def desk_of(request: Request) -> Desk:
    """Give the desk that ``main`` built."""
    desk: Desk = request.app.state.desk
    return desk


async def visitor_of(request: Request) -> Actor | None:
    """Give who asks, None for somebody without a key."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor


async def actor_of(request: Request) -> Actor:
    """Give who asks; the door let nobody in without a key.

    Raises:
        Unauthenticated: The door was not there.
    """
    actor = await visitor_of(request)
    if actor is None:
        raise Unauthenticated
    return actor


async def reader_language(request: Request) -> str:
    """Give the language of the answer."""
    return language_of(request.headers.get("Accept-Language"))


TheDesk = Annotated[Desk, Depends(desk_of)]
Visitor = Annotated[Actor | None, Depends(visitor_of)]
Who = Annotated[Actor, Depends(actor_of)]
Language = Annotated[str, Depends(reader_language)]
