"""Folding of copies that are searched: what a reader takes for the same is the same.

Two foldings, each built on the one before: ``fold`` of ``text`` (width, case), ``folded_to_search``
(kana, old and new forms of kanji), ``folded_by_shape`` (what scanners take for each other). Text
that is equal by one is equal by every later one, so an index by shape serves all three.
"""

from app.domain.text import fold

_KATAKANA = range(ord("ァ"), ord("ヶ") + 1)
_TO_HIRAGANA = ord("ァ") - ord("ぁ")
_FORMS = (
    # Old forms beside new ones, as the list of kanji for common use (2010) gives them.
    "亞亜 惡悪 壓圧 圍囲 爲為 醫医 壹壱 稻稲 飮飲 隱隠 營営 榮栄 衞衛 驛駅 圓円 緣縁 "
    "艷艶 鹽塩 奧奥 應応 橫横 歐欧 毆殴 黃黄 溫温 穩穏 假仮 價価 畫画 會会 囘回 壞壊 "
    "懷懐 繪絵 槪概 擴拡 殼殻 覺覚 學学 嶽岳 樂楽 勸勧 卷巻 寬寛 歡歓 罐缶 觀観 閒間 "
    "關関 陷陥 巖巌 顏顔 歸帰 氣気 龜亀 僞偽 戲戯 犧犠 卻却 糺糾 舊旧 據拠 擧挙 虛虚 "
    "峽峡 挾挟 狹狭 堯尭 曉暁 區区 驅駆 勳勲 薰薫 羣群 徑径 惠恵 揭掲 攜携 溪渓 經経 "
    "繼継 莖茎 螢蛍 輕軽 鷄鶏 藝芸 擊撃 缺欠 儉倹 劍剣 圈圏 檢検 權権 獻献 縣県 硏研 "
    "險険 顯顕 驗験 嚴厳 效効 廣広 恆恒 鑛鉱 號号 國国 黑黒 濟済 碎砕 齋斎 劑剤 櫻桜 "
    "册冊 雜雑 參参 慘惨 棧桟 蠶蚕 贊賛 殘残 絲糸 齒歯 兒児 辭辞 濕湿 實実 舍舎 寫写 "
    "釋釈 壽寿 收収 從従 澁渋 獸獣 縱縦 肅粛 處処 敍叙 奬奨 將将 燒焼 稱称 證証 乘乗 "
    "剩剰 壤壌 孃嬢 條条 淨浄 狀状 疊畳 讓譲 釀醸 囑嘱 觸触 寢寝 愼慎 晉晋 眞真 盡尽 "
    "圖図 粹粋 醉酔 隨随 髓髄 數数 樞枢 瀨瀬 聲声 靜静 齊斉 攝摂 竊窃 專専 戰戦 淺浅 "
    "潛潜 纖繊 踐践 錢銭 禪禅 曾曽 雙双 壯壮 搜捜 插挿 爭争 總総 聰聡 莊荘 裝装 騷騒 "
    "增増 臟臓 藏蔵 卽即 屬属 續続 墮堕 體体 對対 帶帯 滯滞 臺台 瀧滝 擇択 澤沢 單単 "
    "擔担 膽胆 團団 彈弾 斷断 癡痴 遲遅 晝昼 蟲虫 鑄鋳 廳庁 聽聴 敕勅 鎭鎮 遞逓 鐵鉄 "
    "轉転 點点 傳伝 黨党 盜盗 燈灯 當当 鬭闘 德徳 獨独 讀読 屆届 繩縄 貳弐 姙妊 黏粘 "
    "惱悩 腦脳 霸覇 廢廃 拜拝 賣売 麥麦 發発 髮髪 拔抜 晚晩 蠻蛮 祕秘 濱浜 甁瓶 拂払 "
    "佛仏 變変 邊辺 辨弁 瓣弁 辯弁 舖舗 穗穂 寶宝 襃褒 豐豊 沒没 飜翻 槇槙 萬万 滿満 "
    "默黙 彌弥 藥薬 譯訳 豫予 餘余 與与 譽誉 搖揺 樣様 謠謡 遙遥 來来 賴頼 亂乱 覽覧 "
    "龍竜 兩両 獵猟 綠緑 壘塁 淚涙 勵励 禮礼 隸隷 靈霊 齡齢 戀恋 爐炉 勞労 樓楼 郞郎 "
    "祿禄 錄録 灣湾 繫繋 "
    # Further forms that registers of names know.
    "髙高 﨑崎 邉辺 濵浜 嶌島 嶋島 舘館 埜野 桒桑 𠮷吉 冨富 淸清 靑青 渊淵 栁柳 柗松 "
    "峯峰 凬風 餠餅 萊莱 噓嘘 "
)
"""An old form and the new one, side by side."""
_LOOK_ALIKES = (
    ("ー", "一|‐‑‒–—―−-_─━"),
    ("ろ", "口囗□ロ"),
    ("か", "力カ"),
    ("た", "夕タ"),
    ("に", "二ニ"),
    ("み", "三ミ"),
    ("は", "八ハ"),
    ("え", "工エ"),
    ("と", "卜ト"),
    ("お", "才オ"),
    ("ち", "千干チ"),
    ("せ", "七セ"),
    ("り", "リ"),
    ("0", "o〇○◯"),
    ("1", "il!"),
    ("5", "s"),
    ("8", "b"),
    ("2", "z"),
    ("日", "曰"),
    ("土", "士"),
    ("未", "末"),
    ("人", "入"),
    ("己", "已巳"),
    ("大", "犬太"),
    ("、", ",，"),
    ("。", ".．"),
)
"""What OCR takes for each other; the first stands for all."""


def _tables() -> tuple[dict[int, str], dict[int, str]]:
    kana = {code: chr(code - _TO_HIRAGANA) for code in _KATAKANA}
    kana |= {ord("ヽ"): "ゝ", ord("ヾ"): "ゞ"}
    kanji = {ord(each[0]): each[1] for each in _FORMS.split()}
    search = kana | kanji
    shapes = {
        ord(each): first for first, others in _LOOK_ALIKES for each in others.translate(search)
    }
    # 島 is the new form of 嶋, say: what a form is folded to is folded no further.
    search |= {old: search.get(ord(new), new) for old, new in search.items()}
    shapes = {code: first for code, first in shapes.items() if chr(code) != first}
    return search, shapes


_SEARCH, _SHAPES = _tables()


def folded_to_search(folded: str) -> str:
    """Fold a folded copy further: カ is か, 髙 is 高, 國 is 国.

    Args:
        folded: What ``text.fold`` gave; lines in it stay apart.
    """
    return folded.translate(_SEARCH)


def folded_by_shape(searchable: str) -> str:
    """Fold a copy further, by shape: 一 is ー, 口 is ロ, O is 0.

    Args:
        searchable: What ``folded_to_search`` gave.
    """
    return searchable.translate(_SHAPES)


def words_of(asked: str | None) -> tuple[str, ...]:
    """Give the words that must all stand in a text, folded to search, each once."""
    found = (folded_to_search(fold(word)) for word in (asked or "").split())
    return tuple(dict.fromkeys(filter(None, found)))
