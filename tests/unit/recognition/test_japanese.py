"""Only what cannot stand where it was read is put right, and it is said where."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.recognition.japanese import is_japanese, mended, mended_address, mended_name


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("コ一ポ旭", "コーポ旭"),
        ("コ-ポ旭", "コーポ旭"),
        ("りサイクル", "リサイクル"),
        ("ありました", "ありました"),
        ("さ<ら", "さくら"),
        ("できませんか0", "できませんか。"),
        ("説明してください。", "説明してください。"),
        ("サービス一覧", "サービス一覧"),
        ("ハ力ル", "ハカル"),
        ("電力会社の力", "電力会社の力"),
        ("見られるでしよう", "見られるでしょう"),
        ("利用しよう", "利用しよう"),
        ("3-5", "3-5"),
        ("示すベきです", "示すべきです"),
        ("ベランダ", "ベランダ"),
        ("エレべーター", "エレベーター"),
        ("12ぺージ", "12ページ"),
        ("並べて", "並べて"),
        ("×リットとデ×リット", "メリットとデメリット"),
        ("おかわリ。", "おかわり。"),
        ("冬のリサイクル", "冬のリサイクル"),
        ("○×表", "○×表"),
        ("Wi一Fiの整備", "Wi-Fiの整備"),
        ("A一棟", "A一棟"),
    ],
)
def test_a_character_gives_way_only_where_it_is_impossible(read: str, meant: str) -> None:
    text, places = mended(read)
    assert text == meant
    assert places == tuple(at for at, char in enumerate(read) if meant[at] != char)


@given(st.text())
def test_mending_keeps_the_length_and_is_done_once(text: str) -> None:
    once, _ = mended(text)
    assert len(once) == len(text)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("6条3丁日2一5", "6条3丁目2-5"),
        ("T 070-8525北星市", "〒070-8525北星市"),
        ("1ー2", "1-2"),
        ("末広一条二丁目", "末広一条二丁目"),
        ("末広ー条二丁目", "末広一条二丁目"),
        ("末広ニ条八丁口2番", "末広二条八丁目2番"),
        ("末広七条八丁曰47番", "末広七条八丁目47番"),
        ("末広19条4丁Ⅱ35番", "末広19条4丁目35番"),
        ("末広15条16.日45番", "末広15条16丁目45番"),
        ("北町6丁目目12番地", "北町6丁目12番地"),
        ("春光5条3丁目2-5.301号室", "春光5条3丁目2-5.301号室"),
        ("豊岡3条1丁目5.6番地", "豊岡3条1丁目5.6番地"),
        ("北町9丁目1.番地の18", "北町9丁目1番地の18"),
        ("末広14条1.0丁目", "末広14条10丁目"),
        ("末広1.5号", "末広1.5号"),
        ("6条9丁自13番地", "6条9丁目13番地"),
        ("住吉5丁目23-13 -メゾン若葉160", "住吉5丁目23-13 メゾン若葉160"),
        ("緑条3丁目19番地一メゾン827", "緑条3丁目19番地 メゾン827"),
        ("南ケ岡8-35-8-グランド888", "南ケ岡8-35-8-グランド888"),
        ("南ケ岡8-35 -207号", "南ケ岡8-35 -207号"),
        ("丁目の日", "丁目の日"),
        ("15春21号", "15番21号"),
        ("デ078-8211 北海道旭川市1条通", "〒078-8211 北海道旭川市1条通"),
        ("示070-8051旭川市", "〒070-8051旭川市"),
        ("〒07.8-8813旭川市", "〒078-8813旭川市"),
        ("デパート3階", "デパート3階"),
        ("東7条3IH43番6号", "東7条3丁目43番6号"),
        ("2丁H3番22号", "2丁目3番22号"),
        ("ハイツH3番", "ハイツH3番"),
        ("2条2丁 自 31-4", "2条2丁目31-4"),
        ("芳野4丁 Ⅱ23番地", "芳野4丁目23番地"),
        ("2番地022", "2番地の22"),
        ("緑が丘3号口一ポ旭", "緑が丘3号コーポ旭"),
        ("シャト一青山", "シャトー青山"),
        ("25番8号工スポワール", "25番8号エスポワール"),
        ("大工町力フェ通", "大工町力フェ通"),
        ("サンタウン一条", "サンタウン一条"),
        ("亀吉个岡5条", "亀吉ケ岡5条"),
        ("雨紛通9丁目23番地.", "雨紛通9丁目23番地"),
        (".東町9丁目23番地", "東町9丁目23番地"),
        ("忠和ヶ丘：三丁目28番10号", "忠和ヶ丘三丁目28番10号"),
        ("緑町5:12番", "緑町5:12番"),
        ("コーポ2：201号", "コーポ2：201号"),
    ],
)
def test_an_address_is_put_right_where_it_cannot_stand(read: str, meant: str) -> None:
    assert mended_address(read) == meant


@given(st.text("条丁目番地号0123一二-ーニハ口コポ日月个シャト ", max_size=14))
@example("ニニ条")
def test_an_address_is_put_right_once(read: str) -> None:
    once = mended_address(read)
    assert mended_address(once) == once


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("田口 工リ", "田口 エリ"),
        ("田口工リ", "田口工リ"),
        ("二宮 ハ二一", "二宮 ハニー"),
        ("辻 かおリ", "辻 かおり"),
        ("工 二郎", "工 二郎"),
        ("力石 一", "力石 一"),
        (".清水 博代", "清水 博代"),
        ("北星電機 Co.", "北星電機 Co."),
        ("二宮 ー郎", "二宮 一郎"),
        ("田ロ ミカ", "田口 ミカ"),
        ("エ藤 健ー", "工藤 健一"),
        ("佐藤 健ー郎", "佐藤 健一郎"),
        ("ニ宮 エリ", "二宮 エリ"),
        ("渡辺 カ", "渡辺 力"),
        ("田ロミカ", "田ロミカ"),
        ("三ツ井 静エ", "三ツ井 静エ"),
        ("田中 ミニー", "田中 ミニー"),
        ("リー マリー", "リー マリー"),
        ("宮崎．翔治", "宮崎 翔治"),
        ("浜野 拓、", "浜野 拓"),
        ("Smith J.", "Smith J."),
        ("田口・ミカ", "田口・ミカ"),
        ("川I村 純子", "川村 純子"),
        ("樋口1 陽幸", "樋口 陽幸"),
        ("第1町内会", "第1町内会"),
        ("ABI開発", "ABI開発"),
        ("本町ー栄町線の会", "本町ー栄町線の会"),
        ("田中 カ子", "田中 カ子"),
        ("小山 エ美", "小山 エ美"),
        ("佐藤 ハー", "佐藤 ハー"),
        ("青年部第1", "青年部第1"),
        ("自治会連合会II", "自治会連合会II"),
        ("NPO法人[緑]会", "NPO法人[緑]会"),
    ],
)
def test_a_name_is_written_in_one_alphabet_and_begins_with_no_speck(read: str, meant: str) -> None:
    assert mended_name(read) == meant


@pytest.mark.parametrize("char", "髙﨑濵邉齋宮あアA1。〒㈱①々")
def test_what_is_written_in_japan_is_told_from_what_is_not(char: str) -> None:
    assert is_japanese(char)


@pytest.mark.parametrize("char", "宫们这🚼")
def test_what_no_japanese_hand_writes_is_left_out(char: str) -> None:
    assert not is_japanese(char)
