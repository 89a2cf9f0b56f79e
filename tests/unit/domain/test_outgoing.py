import pytest

from app.domain.outgoing import mail_ids, token_of, tokens_in

MAIL_ID = "0123456789ab" + "c" * 8 + "4f7a91c20b3d"


def test_a_token_is_found_however_it_is_written() -> None:
    token = token_of(MAIL_ID)
    assert token == "HS-4F7A-91C2-0B3D"
    for written in (
        f"返信用番号 {token}）",
        "hs-4f7a-91c2-0b3d",
        "ＨＳ－４Ｆ７Ａ－９１Ｃ２－０Ｂ３Ｄ",
        "HS‐4F7A−91C2ー0B3D",
        "HS4F7A91C20B3D",
    ):
        assert tokens_in(written) == (token,), written


@pytest.mark.parametrize("text", ["", "0166-1234-5678", "XHS-4F7A-91C2-0B3D", "HS-4F7A-91C2-0B3D1"])
def test_other_numbers_are_no_token(text: str) -> None:
    assert tokens_in(text) == ()


def test_only_our_own_message_ids_name_a_mail() -> None:
    ours = f"<ask.{MAIL_ID}@city.example.jp>"
    assert mail_ids(["<1@example.jp>", ours, ours, f"<other.{MAIL_ID}@x>"]) == (MAIL_ID,)
