"""Lists of towns that a city loads in place of those of the package."""

from app.domain import gazetteer_csv
from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.consultation import Consultation
from app.domain.errors import InvalidInput, NotFound
from app.domain.gazetteer import City, Gazetteer, gazetteers_of
from app.intake import places
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories


def load(
    desk: Desk, data: bytes, *, source: str, only: tuple[str, ...], actor: Actor
) -> tuple[Gazetteer, ...]:
    """Load the towns of the cities in a CSV file, all of them or none.

    Args:
        desk: Where to work.
        data: The file.
        source: Its name, for people.
        only: Cities by full name (北海道旭川市); empty takes all.
        actor: Who loads it.

    Raises:
        InvalidInput: The file cannot be read as a list of towns, or holds none of the cities.
    """
    found = gazetteers_of(gazetteer_csv.rows_of(data), source)
    chosen = tuple(each for city, each in found.items() if not only or str(city) in only)
    filled = tuple(each for each in chosen if each.towns)
    if not filled:
        raise InvalidInput("gazetteer_empty")
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        for each in filled:
            repositories.gazetteers.put(each, at=at)
            detail = {"city": str(each.city), "towns": len(each.towns), "source": source}
            repositories.audit.add(
                AuditEntry(at=at, actor=actor, action=AuditAction.GAZETTEER_LOADED, detail=detail)
            )

    desk.writer.run(work)
    return filled


def remove(desk: Desk, city: str, *, actor: Actor) -> City:
    """Take away what was loaded for a city.

    Raises:
        NotFound: Nothing was loaded for it.
    """
    at = desk.clock()
    loaded = (each.city for each in desk.queries.gazetteers.loaded())
    wanted = next((each for each in loaded if str(each) == city), None)
    if wanted is None:
        raise NotFound("gazetteer_not_found")

    def work(repositories: Repositories) -> None:
        repositories.gazetteers.remove(wanted)
        detail = {"city": city}
        repositories.audit.add(
            AuditEntry(at=at, actor=actor, action=AuditAction.GAZETTEER_REMOVED, detail=detail)
        )

    desk.writer.run(work)
    return wanted


def used(desk: Desk) -> tuple[tuple[Consultation, tuple[Gazetteer, ...]], ...]:
    """Say by which towns the addresses of each consultation are judged."""
    return tuple((each, used_for(desk, each)) for each in desk.queries.consultations.all())


def used_for(desk: Desk, consultation: Consultation) -> tuple[Gazetteer, ...]:
    """Say by which towns the addresses of one consultation are judged; none where no list goes."""
    loaded = tuple(each.city for each in desk.queries.gazetteers.loaded())
    cities = places.cities_of(consultation, loaded)
    found = (places.gazetteer_of(desk, city) for city in cities)
    return tuple(each for each in found if each is not None)
