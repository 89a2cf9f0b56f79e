"""Mails that only hand over what is attached (かがみ文), told from mails that say something.

Rather take a note for an opinion, which a person then sees, than an opinion for a note.
"""

import re

_LONGEST = 1_000
_BLANK = re.compile(r"[\s\u3000\-=＝―—─━ー_＿*＊・]*$")
_KIND_WORDS = (
    r"(?:よろしく|宜しく|ご確認|御確認|ご査収|御査収|お受け取り|受領|受理"
    r"|お取り?扱い|ご検討|ご対応)"
)
_POLITE = re.compile(
    r"[\s\u3000]*(?:(?:(?:いつも|大変|平素(?:より|は)?)[、\s\u3000]*)?お?世話に(?:なって|なり).{0,8}"
    r"|はじめまして|初めまして|突然の?(?:メール|ご連絡).{0,12}|(?:お忙しい|ご多忙).{0,20}"
    rf"|(?:どうぞ|何卒|以上|それでは|ご?不明な点.{{0,20}})?[、，]?[\s\u3000]*{_KIND_WORDS}.{{0,25}}"
    r"|拝啓|敬具|前略|草々|以上(?:です)?|こんにちは|お疲れ様です|取り急ぎ.{0,12})$"
)
_HANDS_OVER = re.compile(
    r"[^、]{0,30}(?:添付|別添|別紙|同封|送付|お送り|送り|提出|転送|ファイル|意見書)[^、]{0,20}"
    r"(?:ります|します|しました|いたします|致します|申し上げます|ください|下さい|のとおりです|の通りです)"
    rf"(?:(?:ので|が|から)?[、，]?(?:どうぞ|何卒)?{_KIND_WORDS}.{{0,25}})?$"
)
_REASON = re.compile(
    r"(?:ので|ため|から(?!送信)|けど|けれど|のに)[^、]{0,20}(?:添付|別添|別紙|送|提出)"
)
_ADDRESSEE = re.compile(r"[^、]{0,40}(?:御中|様|殿|宛て?)[、，]?$")
_SELF = re.compile(r"[^、]{0,30}(?:と申します|でございます)$")
_NAME = re.compile(r"[^ぁ-ん]{1,24}$|[^ぁ-ん]{1,12}です$")
_CONTACT = re.compile(
    r"[\s\u3000]*(?:TEL|Tel|電話|FAX|Fax|〒|E-?mail|Mail|https?:|.{0,20}[@＠])[^ぁ-ん]*$"
)
_MACHINE = re.compile(r".{0,20}から送信$")
_VERDICT = re.compile(
    r"賛成|反対|べき|思い|思う|考え|ほしい|欲しい|望み|求め|問題|懸念|心配|廃止|中止|撤回|見直|阻止|無駄"
    r"|危険|残念|不満|結構|異議|疑問|同意|賛同|不可|大切|重要"
)
_FORMAL = (_POLITE, _HANDS_OVER, _ADDRESSEE, _SELF, _NAME, _CONTACT, _MACHINE)


def is_cover_note(text: str) -> bool:
    """Say whether a text only greets, names its writer and points at what is attached."""
    if len(text) > _LONGEST or _VERDICT.search(text):
        return False
    sentences = (each.strip() for each in re.split(r"[\n。．！!]", text))
    return all(_BLANK.match(each) or _is_formal(each) for each in sentences)


def _is_formal(sentence: str) -> bool:
    if _REASON.search(sentence):
        return False
    return any(pattern.match(sentence) is not None for pattern in _FORMAL)
