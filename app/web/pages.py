"""All pages joined: the citizen's, the entrance, and the mailroom's."""

from fastapi import FastAPI

from app.web import (
    assets,
    citizen,
    comment,
    comments,
    consultations,
    dashboard,
    drop_boxes,
    entrance,
    ledger,
    submissions,
    upload,
)


def add_pages(app: FastAPI) -> None:
    """Add the pages to an application whose state holds the desk (``app.state.desk``)."""
    for room in (
        assets,
        citizen,
        entrance,
        dashboard,
        upload,
        drop_boxes,
        submissions,
        comments,
        comment,
        consultations,
        ledger,
    ):
        app.include_router(room.router)
    app.include_router(dashboard.beyond)
