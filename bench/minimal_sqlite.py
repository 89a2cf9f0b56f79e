"""The baseline of e-applications: a minimal FastAPI and SQLModel endpoint.

It checks the shape of the same JSON, inserts it as one row and commits; nothing else. SQLite in
WAL mode with ``synchronous=FULL`` like ours, one process, a ``def`` route on the framework's
threads, SQLAlchemy's default pool (5 connections and 10 more at need).
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import BaseModel
from sqlmodel import JSON, Column, Field, Session, SQLModel, create_engine


class Posted(BaseModel):
    """The members of an e-application, as a first draft of such a service has them."""

    measure_name: str
    submitter: dict[str, object]
    opinion: str
    reply_to: str | None = None


class Row(SQLModel, table=True):
    """One comment."""

    id: int | None = Field(default=None, primary_key=True)
    received_at: datetime
    body: dict[str, object] = Field(sa_column=Column(JSON))


engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")


@sa.event.listens_for(engine, "connect")
def _prepare(connection: "object", _entry: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # the driver's own


SQLModel.metadata.create_all(engine)
app = FastAPI()


@app.post("/comments", status_code=201)
def post(posted: Posted) -> Mapping[str, object]:
    """Insert one row and commit."""
    with Session(engine) as session:
        row = Row(received_at=datetime.now(UTC), body=posted.model_dump())
        session.add(row)
        session.commit()
        session.refresh(row)
        return {"id": row.id}


@app.get("/healthz")
def healthz() -> Mapping[str, str]:
    """Say that it is up."""
    return {"status": "ok"}
