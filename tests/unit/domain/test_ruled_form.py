"""What the cells of a ruled form mean."""

from collections.abc import Sequence

import pytest

from app.domain.comment_form import Box
from app.domain.ruled_form import Choice, FormCell, Mark, is_ruled_form, read_ruled
from app.domain.submitter import SubmitterKind

CATEGORIES = ("市内に住所を有する方", "市内に勤務する方", "市内の学校に在学する方")


def _cell(box: Box, *lines: str, choices: Sequence[Choice] = ()) -> FormCell:
    return FormCell(box=box, shown=box, lines=lines, choices=tuple(choices))


def _rows(*rows: tuple[str | FormCell, ...]) -> list[FormCell]:
    """Set a label at the left and its value at the right, row by row."""
    cells = []
    for number, (label, *value) in enumerate(rows):
        top, bottom = 0.1 + 0.08 * number, 0.1 + 0.08 * (number + 1) - 0.002
        cells.append(_cell((0.1, top, 0.3, bottom), *str(label).split("\n")))
        written = [each for each in value if isinstance(each, str)]
        choices = [c for each in value if isinstance(each, FormCell) for c in each.choices]
        cells.append(_cell((0.302, top, 0.9, bottom), *written, choices=choices))
    return cells


def _choices(*marks: Mark) -> FormCell:
    choices = [Choice(text=t, mark=m) for t, m in zip(CATEGORIES, marks, strict=True)]
    return _cell((0, 0, 1, 1), choices=choices)


def test_a_value_is_what_stands_beside_its_label() -> None:
    cells = _rows(
        ("施策の案の名称", "北星市緑の基本計画（案）"),
        ("住　　所\n（所在地）", "北星市中央2条3丁目"),
        ("氏　名", "神居　さくら"),
        ("意見の内容", "公園を増やしてください。", "ベンチも置いてください。"),
    )
    form = read_ruled(cells, "意　見　書", page=2)
    assert form.measure_written == "北星市緑の基本計画（案）"
    assert form.submitter.address == "北星市中央2条3丁目"
    assert form.submitter.name == "神居　さくら"
    assert form.submitter.kind is SubmitterKind.INDIVIDUAL
    assert form.opinion == "公園を増やしてください。\nベンチも置いてください。"
    place = form.readings["/submitter/name"]
    assert (place.page, place.box) == (2, cells[5].shown)


def test_an_empty_cell_gives_nothing_and_never_its_neighbour() -> None:
    cells = _rows(("氏名",), ("住所", "〒　　－"), ("電話番号", "（　　）　－"), ("意見",))
    form = read_ruled(cells, "※電話での意見は受け付けていません。")
    assert form.readings == {}
    assert form.opinion == ""


def test_labels_above_their_values_are_paired_downwards() -> None:
    cells = [
        _cell((0.1, 0.1, 0.5, 0.14), "氏名（団体の場合は名称）"),
        _cell((0.502, 0.1, 0.9, 0.14), "電話番号"),
        _cell((0.1, 0.142, 0.5, 0.2), "神居　さくら"),
        _cell((0.502, 0.142, 0.9, 0.2), "0166-00-0000"),
        _cell((0.1, 0.202, 0.9, 0.24), "ご意見（具体的にご記入ください）"),
        _cell((0.1, 0.242, 0.9, 0.3), "公園を増やして"),
        _cell((0.1, 0.302, 0.9, 0.36), "ください。"),
        _cell((0.1, 0.362, 0.9, 0.42)),
    ]
    form = read_ruled(cells, "")
    assert form.submitter.name == "神居　さくら"
    assert form.submitter.phone == "0166-00-0000"
    assert form.opinion == "公園を増やして\nください。"


def test_a_cell_may_bear_its_label_above_what_is_written() -> None:
    cells = [
        _cell((0.1, 0.1, 0.9, 0.2), "【氏名】", "神居　さくら"),
        _cell((0.1, 0.202, 0.9, 0.3), "【住所】"),
        _cell((0.1, 0.302, 0.9, 0.6), "【ご意見】", "公園を増やしてください。"),
    ]
    form = read_ruled(cells, "")
    assert is_ruled_form(cells)
    assert form.submitter.name == "神居　さくら"
    assert form.submitter.address is None
    assert form.opinion == "公園を増やしてください。"


def test_what_the_form_printed_in_a_cell_is_left_out_and_said() -> None:
    cells = _rows(
        ("氏名", "神居　さくら　印"),
        ("意見", "※箇条書きなど、簡潔にご記入ください。", "目標年度を記載してください。"),
    )
    form = read_ruled(cells, "")
    assert form.submitter.name == "神居　さくら"
    assert form.opinion == "目標年度を記載してください。"
    assert [(each.code, each.field) for each in form.findings] == [
        ("printed_words_left_out", "/opinion")
    ]


@pytest.mark.parametrize(
    "said",
    [
        ("駐輪場を増やすことに賛成です。", "具体的な数値目標を計画にご記載ください。"),
        ("具体的な数値目標を計画にご記載ください。",),
        ("街灯を増やしてほしい。", "（２）財源の見通しを第3章に記載願います。"),
        ("（１）図は裏面のとおり直してほしい。", "街灯も増やしてほしい。"),
        ("（１）申請書の書き方をご記入ください（例も）", "賛成です。"),
        ("窓口の用紙が分かりにくい。", "（せめて例をご記入ください）"),
        ("住所もご記入くださいと言われて困りました。", "不要です。必ずお書きください。"),
    ],
)
def test_what_a_writer_asks_for_is_no_note_of_the_form(said: tuple[str, ...]) -> None:
    form = read_ruled(_rows(("意見", *said), ("氏名", "神居")), "")
    assert form.opinion == "\n".join(said)
    assert form.findings == ()


@pytest.mark.parametrize(
    "note",
    ["（具体的にご記入ください）", "※枠内にお書きください。", "※別紙に記入してください。"],
)
def test_a_note_above_what_is_written_is_left_out(note: str) -> None:
    form = read_ruled(_rows(("意見", note, "賛成です。"), ("氏名", "神居")), "")
    assert form.opinion == "賛成です。"
    assert [each.code for each in form.findings] == ["printed_words_left_out"]


def test_small_kana_above_a_name_are_no_part_of_it() -> None:
    cells = _rows(("氏名（ふりがな）", "かむい　さくら", "神居　さくら"), ("意見", "賛成です。"))
    assert read_ruled(cells, "").submitter.name == "神居　さくら"


def test_one_marked_choice_is_the_category() -> None:
    cells = _rows(("区分", _choices(Mark.BLANK, Mark.MARKED, Mark.BLANK)), ("氏名", "神居"))
    form = read_ruled(cells, "")
    assert form.submitter.category.code == CATEGORIES[1]
    assert form.findings == ()


@pytest.mark.parametrize(
    "marks",
    [
        (Mark.BLANK, Mark.BLANK, Mark.BLANK),
        (Mark.MARKED, Mark.MARKED, Mark.BLANK),
        (Mark.MARKED, Mark.DOUBTFUL, Mark.BLANK),
    ],
)
def test_a_doubtful_category_is_left_to_a_person(marks: tuple[Mark, ...]) -> None:
    form = read_ruled(_rows(("区分", _choices(*marks)), ("氏名", "神居")), "")
    assert form.submitter.category.code is None
    assert [each.code for each in form.findings] == ["choice_ambiguous"]


@pytest.mark.parametrize(
    "lines",
    [
        ("1　市内に住所", "2　市内に勤務"),
        ("1 市内在住 2 市内在勤 3 その他",),
        ("①市内在住 ②市内在勤",),
        ("市内在住", "市内在勤"),
        ("在住・在勤・在学",),
        ("口個人", "口団体"),
    ],
)
def test_printed_choices_without_a_mark_are_no_answer(lines: tuple[str, ...]) -> None:
    form = read_ruled(_rows(("区分", *lines), ("氏名", "神居")), "")
    assert form.submitter.category.code is None
    assert [each.code for each in form.findings] == ["choice_ambiguous"]


def test_one_choice_alone_or_without_words_is_no_answer() -> None:
    for choices in (
        [Choice(text="市内に住所を有する方", mark=Mark.BLANK)],
        [Choice(text="", mark=Mark.MARKED), Choice(text="市内に勤務する方", mark=Mark.BLANK)],
    ):
        form = read_ruled(
            _rows(("区分", _cell((0, 0, 1, 1), choices=choices)), ("氏名", "神居")), ""
        )
        assert form.submitter.category.code is None
        assert [each.code for each in form.findings] == ["choice_ambiguous"]


def test_low_rows_below_one_another_are_gone_through_once() -> None:
    cells = [
        _cell((0.1, 0.1, 0.5, 0.13), "氏名"),
        _cell((0.502, 0.1, 0.9, 0.13), "住所"),
        _cell((0.1, 0.1325, 0.5, 0.1443), "見本 花子"),
        _cell((0.502, 0.1325, 0.9, 0.1443), "見本市中央1番地"),
    ]
    form = read_ruled(cells, "")
    assert (form.submitter.name, form.submitter.address) == ("見本 花子", "見本市中央1番地")


def test_where_a_form_is_to_be_sent_is_nobodys_address() -> None:
    footer = "提出先：見本市政策調整課\n住所 〒000-0000 見本市本町9丁目\n電話 000-000-0000\nEメール seisaku@example.jp"
    form = read_ruled(
        _rows(("氏名", "神居"), ("住所",), ("電話番号",), ("意見", "賛成です。")), footer
    )
    submitter = form.submitter
    assert (submitter.address, submitter.phone, submitter.email) == (None, None, None)


def test_a_body_names_itself_and_who_speaks_for_it() -> None:
    cells = _rows(("団体名", "北の森の会"), ("代表者の氏名", "神居　太郎"), ("意見", "賛成です。"))
    form = read_ruled(cells, "")
    assert form.submitter.kind is SubmitterKind.ORGANIZATION
    assert (form.submitter.name, form.submitter.representative) == ("北の森の会", "神居　太郎")


def test_an_opinion_that_no_label_names_is_offered_with_a_doubt() -> None:
    cells = [
        *_rows(("氏名", "神居"), ("住所", "北星市中央2条")),
        _cell((0.1, 0.5, 0.9, 0.9), "公園を増やしてください。"),
    ]
    form = read_ruled(cells, "意見書")
    assert form.opinion == "公園を増やしてください。"
    assert [(each.code, each.field) for each in form.findings] == [("low_confidence", "/opinion")]


def test_a_table_without_labels_is_no_form() -> None:
    cells = [_cell((0.1, 0.1, 0.5, 0.2), "令和5年度"), _cell((0.5, 0.1, 0.9, 0.2), "1,200人")]
    assert not is_ruled_form(cells)


def test_several_labels_in_one_cell_each_have_their_value() -> None:
    cells = [
        *_rows(("氏名", "神居"), ("意見", "賛成です。")),
        _cell((0.1, 0.5, 0.9, 0.6), "電話：0166-00-0000", "メール：kamui@example.jp"),
    ]
    form = read_ruled(cells, "")
    assert (form.submitter.phone, form.submitter.email) == ("0166-00-0000", "kamui@example.jp")


def test_a_writers_own_bracket_or_request_stays_in_the_opinion() -> None:
    said = ("（雪の場合も考えてほしい）", "公園を増やし、場所を記載してください。")
    assert read_ruled(_rows(("意見", *said), ("氏名", "神居")), "").opinion == "\n".join(said)


def test_the_title_of_a_form_is_no_opinion() -> None:
    form = read_ruled(_rows(("意見",), ("氏名", "神居")), "緑の基本計画（案）に対する意見\n※提出先")
    assert form.opinion == ""


def test_a_ring_on_a_name_such_as_a_seal_takes_nothing_from_it() -> None:
    seal = _cell((0, 0, 1, 1), choices=[Choice(text=t, mark=Mark.BLANK) for t in ("神居", "花")])
    form = read_ruled(_rows(("氏名", "神居　花", seal), ("意見", "賛成です。")), "")
    assert form.submitter.name == "神居　花"
