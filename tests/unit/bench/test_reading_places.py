"""The towns of a whole city: what is written in them is known, and no look-alike leads astray."""

import random
from collections import Counter

from app.domain.placement import PlacementVerdict, Places
from app.storage import postal_data
from bench.reading.places import CITY, address


def places() -> Places:
    found = postal_data.towns_of(CITY)
    assert found is not None
    return Places(found)


def test_an_address_as_people_write_it_names_its_town() -> None:
    known = places()
    chance = random.Random(5)
    for _ in range(150):
        written = address(chance, lambda _: True)
        found = known.place(written)
        assert (found.verdict, found.value) == (PlacementVerdict.KNOWN, written)
        assert found.elsewhere == ()


MISREAD = {
    "東": "束末来",
    "神": "袖",
    "永": "氷水",
    "北": "比此",
    "条": "案糸桑",
    "線": "綠縁",
    "町": "灯",
    "台": "合会",
    "春": "眷",
    "鷹": "廣應",
    "光": "先",
    "岡": "間",
    "宮": "官",
    "豊": "農",
    "忠": "志",
    "パ": "バハ",
    "ノ": "一",
}


def test_a_letter_taken_for_one_like_it_never_becomes_another_town() -> None:
    known = places()
    chance = random.Random(6)
    verdicts = Counter[PlacementVerdict]()
    for town in chance.sample(list(known.gazetteer.towns), 150):
        may = [at for at, letter in enumerate(town) if letter in MISREAD]
        if not may:
            continue
        at = chance.choice(may)
        read = f"旭川市{town[:at]}{chance.choice(MISREAD[town[at]])}{town[at + 1 :]}5丁目1番地"
        found = known.place(read)
        assert found.value in {read, f"旭川市{town}5丁目1番地"}
        verdicts[found.verdict] += 1
    assert verdicts[PlacementVerdict.CORRECTED] > 10 * verdicts[PlacementVerdict.UNKNOWN]
