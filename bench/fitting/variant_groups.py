"""Characters and their twins: old and new forms, and letters that engines do not know.

The first of a group is what people write nearly always. 人名用漢字 and 常用漢字 give the pairs.
"""

NAMED = (
    "高髙 崎﨑嵜嵩寄 浜濱濵渡演 辺邊邉 吉𠮷 富冨 島嶋嶌鳥蔦 柳栁 橋槗 徳德 瀬瀨 黒黑 真眞 渕淵 桑桒来栾菜 "
    "増增 横橫 緑綠 彦彥 清淸 桧檜 静靜 豊豐 曽曾 青靑 槙槇模 薮藪 穂穗 薫薰 巌巖嚴 寛寬 教敎 慎愼 "
    "斉斎齊齋 沢澤 広廣 国國 桜櫻 関關 栄榮 恵惠 亜亞 歩步 瑶瑤 凜凛 遥遙 聡聰 奥奧 巻卷 毎每 温溫 郎郞 "
    "蔵藏 尭堯 壮壯 涼凉 巣巢 児兒 郷鄕 黄黃 悦悅 緒緖 宮宫 戸戶 即卽 晄胱晃"
).split()
"""Groups that live on in names: the strokes themselves are looked at."""

SHARES = {"﨑": 0.15, "髙": 0.15, "濵": 0.15, "濱": 0.15, "邉": 0.2, "邊": 0.2, "𠮷": 0.12}
SHARES |= dict.fromkeys("斎齋齊嶋冨澤廣國櫻淵檜曾槇藪斉", 0.3)
USUAL_SHARE = 0.04
"""How often a twin stands in a name, beside the usual form; an estimate, see the ADR.

It is on the high side for the letters registers hold: to miss one is worse than to ask once more.
"""

RUNNING_SHARE = 0.002
"""How often the old form stands in running text: hardly ever since 1946."""

HABITS = (
    "国國 会會 学學 来來 体體 説說 税稅 産產 顔顏 録錄 黄黃 概槪 脱脫 鋭銳 虚虛 戯戲 圏圈 券劵 歓歡 権權 "
    "観觀 処處 拠據 両兩 満滿 衛衞 偽僞 為爲 隠隱 穏穩 雑雜 粋粹 酔醉 砕碎 抜拔 髪髮 収收 叙敍 渓溪 鶏鷄 "
    "謡謠 揺搖 挿插 掻搔 填塡 剥剝 頬頰 繋繫 嘘噓 涙淚 戻戾 営營 歳歲 歴歷 暦曆 将將 奨獎 状狀 県縣 麦麥 "
    "帯帶 滞滯 様樣 単單 弾彈 禅禪 戦戰 獣獸 厳嚴 参參 惨慘 従從 縦縱 壊壞 懐懷 売賣 読讀 続續 変變 恋戀 "
    "湾灣 仏佛 払拂 画畫 当當 党黨 点點 総總 窓窗 団團 転轉 伝傳 専專 対對 図圖 写寫 号號 旧舊 台臺 声聲 "
    "医醫 区區 駆驅 欧歐 殴毆 枢樞 絵繪 経經 軽輕 径徑 茎莖 円圓 済濟 剤劑 悪惡 圧壓 囲圍 桟棧 浅淺 残殘 "
    "銭錢 践踐 霊靈 黙默 称稱 辞辭 乱亂 麺麵 択擇 釈釋 訳譯 駅驛 炉爐 庁廳 聴聽 廃廢 発發 浄淨 争爭 遅遲 "
    "随隨 髄髓 鎮鎭 蝉蟬 瓶甁 併倂 餅餠 譲讓 醸釀 嬢孃 壌壤 繊纖 昼晝 盗盜 虫蟲 触觸 独獨 属屬 嘱囑 数數 "
    "楼樓 捜搜 覚覺 挙擧 誉譽 労勞 蛍螢 強强 舗舖 万萬 竜龍 頼賴 鉄鐵 実實 応應 礼禮 間閒"
).split()
"""Pairs of which the engine often gives the old form for the new one: told by habit alone."""
