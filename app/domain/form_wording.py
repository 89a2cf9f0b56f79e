"""The words printed on the blank 意見書; kept beside ``wording``, which holds what is answered."""

from collections.abc import Mapping

from app.domain.comment_form import ADDRESS, CATEGORY_DETAIL, NAME, REPRESENTATIVE

FORM_WORDS: Mapping[str, str] = {
    "categories": "意見提出者の区分",
    "categories_hint": "該当するもの１つの□に、はっきりと✓をつけてください。",
    "categories_hint@large": "１つの□に✓をつけてください。",
    "day": "{year}年{month}月{day}日（{weekday}）",
    "detail_of_category": "（→ {detail}）",
    "form_number": "様式 {id}",
    "guidance": (
        "黒のペンで、濃くはっきりと、１字ずつ離して書いてください。\n"
        "四隅の黒い印と右上の模様には、書いたり折ったりしないでください（機械で読み取ります）。"
    ),
    "guidance@large": (
        "黒のペンで、濃くはっきりと書いてください。\n"
        "四隅の黒い印と右上の模様には書かないでください。"
    ),
    "measure": "案の名称",
    "opinion": "意見の内容",
    "opinion@continuation": "意見の内容（続き）",
    "opinion_hint": "横書きで、点線に沿って書いてください。足りないときは、続紙に続けてください。",
    "opinion_hint@continuation": "意見書の用紙に書ききれないときだけ、お使いください。",
    "opinion_hint@large": "足りないときは、続紙に続けてください。",
    "page": "{page}／{pages}枚",
    "page@continuation": "続紙",
    "period": "意見の提出期間：{opens}から{closes}まで",
    "post_postmarked": "（郵送は当日消印有効）",
    "post_received": "（必着）",
    "postal_code": "〒{code} ",
    "procedure": "意見提出手続（パブリックコメント）",
    "send_to": "提出先：{to}",
    "separator": "仕切り紙",
    "separator_use": (
        "意見書と意見書の間に１枚ずつ入れて、まとめて読み取ってください。\n"
        "この用紙の次のページから、新しい意見書として受け付けます。\n"
        "印刷面を意見書の表と同じ側に向けてください。上下の向きは問いません。繰り返し使えます。"
    ),
    "title": "意　見　書",
    "title@continuation": "意見書（続紙）",
    "to_email": "電子メール：{value}",
    "to_fax": "ファクシミリ：{value}",
    "word_categories_hint": "該当するもの１つの□を■に変えてください。",
    "word_guidance": "入力したファイルを電子メールに添付するか、印刷して提出してください。",
    "word_opinion_hint": "欄は自由に広げてください。",
    "word_title": "意見書",
    ADDRESS: "住所",
    f"{ADDRESS}#hint": "団体の場合は事務所の所在地",
    CATEGORY_DETAIL: "該当する事項",
    f"{CATEGORY_DETAIL}#hint": "区分の（→）にある事項",
    NAME: "氏名",
    f"{NAME}#hint": "団体の場合は団体の名称",
    REPRESENTATIVE: "代表者の氏名",
    f"{REPRESENTATIVE}#hint": "団体の場合のみ",
}
