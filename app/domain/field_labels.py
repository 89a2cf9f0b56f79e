"""The words that label the fields of a comment form, and the lines they stand on.

People copy the notice's list of items into a mail and write behind it, each in their own way:
``住所：``, ``【ご住所】``, ``(1) 住 所``, ``│住所│``. A line is taken apart here; what belongs to
the label it carries is decided in ``labelled_text``.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    FAX,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
)

BODY_NAME = "body_name"
"""A label that says the writer is a body: 団体名, 法人名."""
CONTACT = "contact"
"""連絡先: a telephone number or a mail address, whichever stands there."""
INDIVIDUAL_NUMBER = "individual_number"
"""個人番号: must not be held (番号法 第20条), so its presence is pointed out."""
OTHER = "other"
"""A label of something that is not kept as a field; it still ends the value before it."""


class Strength(IntEnum):
    """How plainly a line says that it is a label."""

    LOOSE = 1
    """The word and white space; the value has to look right as well."""
    ALONE = 2
    """The word and nothing else on its line."""
    PLAIN = 3
    """A colon, a table's rule or brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label found at the start of a line.

    Attributes:
        field: What it labels.
        value: What stands behind it on the same line, without surrounding white space.
        strength: How plain it is.
        numbered: Whether the word itself carries a number (意見1).
    """

    field: str
    value: str
    strength: Strength
    numbered: bool = False


_WORDS = {
    ADDRESS: "住所 所在地 事務所の所在地 事務所所在地 事業所の所在地 事業所所在地 主たる事務所の所在地"
    " 団体の所在地 団体所在地 法人の所在地 法人所在地 居住地 現住所 団体住所 団体の住所 address",
    NAME: "氏名 名前 姓名 名称 フルネーム 記名 name",
    BODY_NAME: "団体名 団体の名称 団体名称 法人名 法人の名称 法人名称 会社名 事業者名 企業名 組織名 貴団体名"
    " 団体等の名称 法人等の名称 事業者の名称",
    REPRESENTATIVE: "代表者 代表者名 代表者氏名 代表者の氏名 代表者職氏名 代表者の職氏名 代表者役職氏名"
    " 代表者の役職氏名 代表者の名前 代表 代表者のお名前",
    CATEGORY_CODE: "区分 意見提出者の区分 提出者の区分 提出者区分 意見提出者区分 該当区分 区分番号"
    " 提出者の種別 意見を提出できる方の区分",
    CATEGORY_DETAIL: "該当する事項 該当事項 区分に該当する事項 勤務先 勤務先名 勤務先の名称 勤務先の名称所在地"
    " 勤務先名称 勤務先の名称及び所在地 勤務先所在地 勤務先の所在地 学校名 学校の名称 在学先 通学先 在学する学校名"
    " 在学校名 事務所の名称 事業所の名称 事務所名 事業所名 事務所又は事業所の名称所在地 事業所の名称所在地"
    " 事務所の名称所在地 納税義務の内容 納税の種類 納税義務の種類 利害関係 利害関係の内容 利害関係の具体的内容",
    MEASURE: "案の名称 案名 施策名 施策の名称 施策の案の名称 対象施策の案の名称 対象施策 対象施策名 対象施策の名称"
    " 対象となる施策の案の名称 対象の案 対象案 対象案件 対象案件名 案件名 案件の名称 案件 件名 計画名 計画の名称"
    " 計画案の名称 計画案名 条例案の名称 条例の名称 題名 意見募集案件 意見募集案件名 意見募集の案件名 募集案件"
    " 募集案件名 素案の名称 意見を提出する施策の案の名称 意見を提出する案の名称 意見の対象 意見の対象となる案の名称"
    " パブリックコメントの名称 対象事案名 事案名 施策等の案の名称 施策等の名称"
    " 対象となる案の名称 対象となる案 対象となる計画の名称",
    PHONE: "電話 電話番号 tel 携帯 携帯電話 携帯番号 携帯電話番号 連絡先電話番号 連絡先電話 電話連絡先 phone"
    " telephone 自宅電話",
    FAX: "fax ファックス ファクシミリ ファクス fax番号 ファックス番号 ファクシミリ番号 ファクス番号",
    EMAIL: "メール メールアドレス 電子メール 電子メールアドレス eメール eメールアドレス e-mail e-mailアドレス email"
    " emailアドレス mail mailアドレス 連絡先メールアドレス メアド アドレス",
    OPINION: "意見 意見の内容 意見内容 意見等 意見等の内容 意見要望 意見提案 意見及び理由 意見と理由 意見理由"
    " 意見本文 意見書の内容 意見書本文 意見の本文 意見の要旨 意見の概要 意見記入欄 意見欄 コメント 案に対する意見"
    " 施策に対する意見 施策の案に対する意見 案についての意見 提出意見 意見要望等 意見提案等 意見その理由 意見提案等の内容 意見要望等の内容 opinion",
    CONTACT: "連絡先",
    INDIVIDUAL_NUMBER: "個人番号 マイナンバー",
    OTHER: "年齢 年代 性別 職業 郵便番号 ふりがな フリガナ 氏名ふりがな 氏名フリガナ よみがな 提出日 日付 記入日"
    " 担当者 担当者名 担当者氏名 部署 部署名 役職 提出先 あて先 宛先 差出人 送信日時 送信者"
    " 提出期限 募集期間 生年月日 from to cc date sent subject",
}
_FIELD_OF = MappingProxyType(
    {word: field for field, words in _WORDS.items() for word in words.split()}
)

CORE_FIELDS = frozenset(
    {ADDRESS, NAME, BODY_NAME, REPRESENTATIVE, CATEGORY_CODE, CATEGORY_DETAIL, MEASURE}
)
"""The items the notice asks for; only these can end an opinion that has begun."""

_LONGEST_LABEL = 60
_SPACE = r"[ \t\u3000\u00a0]"
_LEAD = re.compile(rf"(?:{_SPACE}|[|│┃‖*＊・･■□◆◇●○◎▪▫•※→⇒▶▷►★☆#＃＿_]|[-－‐―–](?={_SPACE}))*")
_NUMBER = re.compile(
    rf"(?:[（(](?:[0-9０-９]{{1,2}}|[一二三四五六七八九十]{{1,3}}|[アイウエオカキクケコ]|[a-hａ-ｈ])[）)]"
    r"|(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3}|[アイウエオカキクケコ])[.．、,)）:：]"
    rf"|[①-⑳❶-❿⑴-⒇⒈-⒛㈠-㈩Ⅰ-Ⅹ]|[0-9０-９]{{1,2}}(?={_SPACE}))"
    rf"{_SPACE}*[.．、,]?{_SPACE}*"
)
_BRACKETED = re.compile(
    rf"(?:【([^【】\n]{{1,40}})】|〔([^〔〕\n]{{1,40}})〕|［([^［］\n]{{1,40}})］|\[([^\[\]\n]{{1,40}})\]"
    rf"|《([^《》\n]{{1,40}})》|〈([^〈〉\n]{{1,40}})〉|≪([^≪≫\n]{{1,40}})≫|＜([^＜＞\n]{{1,40}})＞"
    rf"|<([^<>\n]{{1,40}})>)(?:{_SPACE}|[（(][^（()）\n]{{0,40}}[）)])*[:：]?"
)
_QUOTED = re.compile(
    rf"(?:「([^「」\n]{{1,40}})」|『([^『』\n]{{1,40}})』|（([^（）\n]{{1,40}})）|\(([^()\n]{{1,40}})\))"
    rf"{_SPACE}*(?:[:：]|$)"
)
_COLON = re.compile(r"([^:：\n。]{1,60})[:：]")
_CELL = re.compile(rf"([^\t|│┃\n。]{{1,60}}?){_SPACE}*[\t|│┃]")
_WIDE = re.compile(r"(\S{1,40}?(?:\u3000\S\u3000\S|\u3000\S)?)(?:\u3000|  )[ \u3000]*(?=\S)")
_NARROW = re.compile(r"(\S{1,40}) (?=\S)")
_HEADING = re.compile("[■□◆◇●○◎▪▫★☆]")
_NOTE = re.compile(r"[（(][^（()）]*[）)]|[※*]?(?:必須|任意)$|[※*]+$")
_JOINT = re.compile(r"又は|または|及び|および|もしくは|若しくは|・|/|,|、")
_COURTESY = re.compile(r"^(?:御|ご|お)(?=.)")
_OWNER = re.compile(r"^(?:意見提出者|提出者|意見者|届出者|申請者|あなた)の?(?=.)")
_SECTION = re.compile(r"に(?:対する|ついての|関する)(?:御|ご)?意見(?:等|の内容|内容)?$")
_BLANKS = " \t\u3000\u00a0\r"
_RULE_LINE = re.compile(r"[\s\u3000\-=＝―—─━ー_＿*＊+┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋═|│┃~～]+$")


def squeeze(word: str) -> str:
    """Bring a written label into the form in which the words are listed."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    folded = re.sub(r"[‐‑‒–—―−ｰ]", "-", re.sub(r"[\s:]", "", folded))
    return folded.strip("■□◆◇●○◎・*-→|")


def field_of(written: str) -> tuple[str, bool] | None:
    """Say which field a written label names, and whether the word carries a number.

    Args:
        written: The label without brackets and colon.

    Returns:
        The field and the number's presence; None where it is no label of ours.
    """
    word = squeeze(written)
    field = _lookup(word)
    if field is not None:
        return field, False
    bare = _NOTE.sub("", word)
    field = _lookup(bare) or _lookup(_JOINT.sub("", bare))
    if field is not None:
        return field, False
    parts = {_lookup(part) for part in _JOINT.split(bare)}
    if parts in ({NAME, BODY_NAME}, {ADDRESS, None}):
        return (NAME if NAME in parts else ADDRESS), False
    if len(parts) == 1 and None not in parts:
        return next(part for part in parts if part is not None), False
    unnumbered = re.sub(r"(?:\(?\d{1,2}\)?)$", "", word)
    if unnumbered != word and _lookup(unnumbered) == OPINION:
        return OPINION, True
    return None


def _lookup(word: str) -> str | None:
    for form in (word, _COURTESY.sub("", word), _OWNER.sub("", word)):
        found = _FIELD_OF.get(form) or _FIELD_OF.get(_COURTESY.sub("", form))
        if found is not None:
            return found
    return None


def is_rule(line: str) -> bool:
    """Say whether a line is only drawn: a table's border or a row of dashes."""
    return _RULE_LINE.match(line) is not None


def label_at(line: str) -> Label | None:
    """Take a line apart; None where it does not begin with a label.

    Args:
        line: One line without its end; must not be inside a quotation.
    """
    if is_rule(line):
        return None
    bare = line.rstrip(_BLANKS)
    if bare.endswith(("|", "│", "┃")):
        bare = bare[:-1].rstrip(_BLANKS)
    start = _match_end(_LEAD, bare, 0)
    after_number = _match_end(_NUMBER, bare, start)
    for position in dict.fromkeys((after_number, start)):
        label = _label_from(bare[position:])
        if label is not None:
            return _marked(label, bare[:position], bare[position:])
    return None


def _marked(label: Label, lead: str, rest: str) -> Label:
    """Take a heading's mark and a wide gap for a colon: ``■ご意見　…``.

    Only for the opinion, whose words cannot show by themselves that they are a value.
    """
    if label.field == OPINION and _HEADING.search(lead) and _WIDE.match(rest):
        return replace(label, strength=Strength.PLAIN)
    return label


def _match_end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _label_from(rest: str) -> Label | None:
    for pattern in (_BRACKETED, _QUOTED, _COLON, _CELL):
        label = _built(pattern.match(rest), rest, Strength.PLAIN)
        if label is not None:
            return label
    if len(rest) <= _LONGEST_LABEL:
        found = field_of(rest.strip())
        if found is not None:
            return Label(field=found[0], value="", strength=Strength.ALONE, numbered=found[1])
        if _SECTION.search(squeeze(rest)) and "。" not in rest:
            return Label(field=OPINION, value="", strength=Strength.LOOSE)
    for pattern in (_WIDE, _NARROW):
        label = _built(pattern.match(rest), rest, Strength.LOOSE)
        if label is not None:
            return label
    return None


def _built(found: re.Match[str] | None, rest: str, strength: Strength) -> Label | None:
    if found is None:
        return None
    word = next(group for group in found.groups() if group is not None)
    named = field_of(word)
    if named is None:
        if strength is Strength.PLAIN and _SECTION.search(squeeze(word)):
            named = (OPINION, False)
        else:
            return None
    value = rest[found.end() :].strip(" \t\u3000\u00a0\r")
    if value.startswith(("|", "│", "┃")):
        value = value[1:].strip(" \t\u3000\u00a0\r")
    return Label(field=named[0], value=value, strength=strength, numbered=named[1])


_GAP = r"[ \t\u3000\u00a0、,，/／|│┃]"
_INLINE = re.compile(rf"(?<!{_GAP}){_GAP}++(?=([^\s\u3000:：、,，/／|│┃]{{1,20}})[:：])")
"""A gap before a further label; it begins where the gap begins, so long gaps cost little."""


def split_inline(line: str) -> list[str]:
    """Split a line that carries several labels (住所：… 氏名：…) before each but the first."""
    cuts = [
        0,
        *(
            found.end()
            for found in _INLINE.finditer(line)
            if found.start() > 0 and field_of(found.group(1)) is not None
        ),
    ]
    pieces = [line[a:b] for a, b in zip(cuts, [*cuts[1:], len(line)], strict=True)]
    if len(pieces) == 1:
        return pieces
    first = label_at(pieces[0])
    if first is None or first.field == OPINION:
        return [line]  # running text, or an opinion that names labels
    for index, piece in enumerate(pieces):
        label = label_at(piece)
        if label is not None and label.field == OPINION:
            return [*pieces[:index], line[cuts[index] :]]
    return [piece.rstrip(" \t\u3000、,，/／|│┃") for piece in pieces]
