"""Drop boxes and the rounds that empty them."""

from dataclasses import replace

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.drop_box import Collection, DropBox
from app.domain.errors import CodeTaken, FieldProblem, InvalidInput
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories


def create(desk: Desk, box: DropBox, *, actor: Actor) -> DropBox:
    """Store a new box.

    Raises:
        CodeTaken: Its code is known already.
    """
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        if repositories.drop_boxes.box(box.code) is not None:
            raise CodeTaken
        repositories.drop_boxes.add_box(box, at=at)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.DROP_BOX_CREATED,
                detail={"drop_box": box.code},
            )
        )

    desk.writer.run(work)
    return box


def collect(desk: Desk, collection: Collection, *, actor: Actor) -> Collection:
    """Store a round and give it its id.

    One that is sent again, since the answer went lost, is entered once: whoever never learned
    its id cannot have named it.

    Raises:
        InvalidInput: There is no such box.
    """
    collection = replace(collection, id=desk.new_id())
    at = desk.clock()

    def work(repositories: Repositories) -> Collection:
        if repositories.drop_boxes.box(collection.drop_box, lock=True) is None:
            raise InvalidInput(problems=(FieldProblem("/drop_box", "drop_box_unknown"),))
        before = repositories.drop_boxes.unused(collection)
        if before is not None:
            return before
        repositories.drop_boxes.add_collection(collection, at=at)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.DROP_BOX_COLLECTED,
                detail={
                    "drop_box": collection.drop_box,
                    "collection": collection.id,
                    "slip_count": collection.slip_count,
                },
            )
        )
        return collection

    return desk.writer.run(work)
