"""Every word a person outside reads, in one place: Japanese first, English on request.

Codes never change with the language. ``say`` looks a code up; pages and mails bring their own
templates, which take their fixed words from here too where they share them. The names of states,
channels and verdicts stand in ``labels``.
"""

from collections.abc import Mapping

LANGUAGES = ("ja", "en")

Words = tuple[str, str]
"""One message: (Japanese, English); ``{name}`` is filled from its data."""

PROBLEMS: Mapping[str, Words] = {
    "acceptance_needs_consultation": (
        "対象の意見提出手続が決まっていません。先に手続を指定してください。",
        "Its consultation is not known yet; name it first.",
    ),
    "address_missing": (
        "住所を入力してください（団体の場合は事務所の所在地）。",
        "Enter an address (for an organisation, that of its office).",
    ),
    "arrives_by_before_closing": (
        "郵便物の到着期限は、締切日以後の日にしてください。",
        "Set the last day of arrival on or after the closing date.",
    ),
    "arrives_by_needs_postmark": (
        "到着期限は、消印有効（postmarked）のときだけ設定できます。基準を見直してください。",
        "A last day of arrival needs the basis postmarked; change the basis or remove it.",
    ),
    "blobs_unreachable": (
        "大きな原本の置き場所に書き込めません。何も記録していません。時間をおいて送信してください。",
        "The store of large files takes nothing now, and nothing was recorded; send it again later.",
    ),
    "categories_needed": (
        "区分を必須にするには、選べる区分を1つ以上設定してください。",
        "Add at least one category, or do not require one.",
    ),
    "category_code_repeated": (
        "区分の番号が重複しています。それぞれ別の番号にしてください。",
        "Give each category a code of its own.",
    ),
    "category_detail_missing": (
        "区分に該当する事項（{detail_label}）を入力してください。",
        "Enter what belongs to the category: {detail_label}.",
    ),
    "category_missing": (
        "意見提出者の区分を選んでください（{codes}）。",
        "Choose the category of submitter ({codes}).",
    ),
    "category_unknown": (
        "その区分はありません。次の中から選んでください：{codes}",
        "There is no such category; choose one of {codes}.",
    ),
    "closes_before_opening": (
        "締切日が開始日より前です。締切日を開始日以後の日にしてください。",
        "The closing date is before the opening date; set it on or after that day.",
    ),
    "closing_time_invalid": (
        "締切の時刻は 17:15 のように入力してください。",
        "Give the closing time as 17:15 or 17:15:00.",
    ),
    "code_fixed": (
        "コードは変更できません。新しい意見提出手続を作成してください。",
        "The code cannot be changed; create a new consultation instead.",
    ),
    "code_invalid": (
        "コードは半角の英数字と . _ - で、64文字以内で入力してください。",
        "Use up to 64 ASCII letters, digits and . _ - for the code.",
    ),
    "code_taken": (
        "そのコードは既に使われています。別のコードにしてください。",
        "This code is taken; choose another one.",
    ),
    "collected_until_before_opening": (
        "最終回収の日時が開始日より前です。開始日以後の日時にしてください。",
        "The last collection is before the opening date; set it on or after that day.",
    ),
    "collected_until_needs_basis": (
        "最終回収の日時は、回収（collected）のときだけ設定できます。基準を見直してください。",
        "A last collection needs the basis collected; change the basis or remove it.",
    ),
    "collection_only_for_drop_box": (
        "回収（collected）は意見書提出箱にだけ設定できます。別の基準を選んでください。",
        "Only drop boxes can go by collection; choose another basis.",
    ),
    "collection_unknown": (
        "その回収の記録はありません。回収の番号を確認してください。",
        "There is no such collection round; check its id.",
    ),
    "comment_not_found": (
        "その受付番号の意見書はありません。番号を確認してください。",
        "There is no comment with this receipt number; check the number.",
    ),
    "conflict": (
        "現在の状態では受け付けられません。最新の内容を確認して、もう一度お試しください。",
        "The present state does not allow this; look at the latest state and try again.",
    ),
    "consultation_needed": (
        "このキーで届けるには、対象の意見提出手続を指定してください。",
        "This key is confined: name the consultation.",
    ),
    "consultation_not_found": (
        "その意見提出手続はありません。コードを確認してください。",
        "There is no such consultation; check its code.",
    ),
    "consultation_not_open": (
        "意見の募集期間ではありません。期間を確認してください。",
        "The procedure is not open now; check its period.",
    ),
    "consultation_unknown": (
        "その意見提出手続はありません。コードを確認してください。",
        "There is no such consultation; check its code.",
    ),
    "day_invalid": (
        "年月日を、2026-11-23 のように入力してください。",
        "Give the day as 2026-11-23.",
    ),
    "document_not_found": (
        "その文書はありません。番号を確認してください。",
        "There is no such document; check its id.",
    ),
    "drop_box_differs": (
        "意見書提出箱が回収の記録と違います。どちらかを直してください。",
        "The box is not the one of that round; correct one of them.",
    ),
    "drop_box_unknown": (
        "その意見書提出箱はありません。コードを確認してください。",
        "There is no such drop box; check its code.",
    ),
    "email_invalid": (
        "電子メールアドレスの形式を確認してください。",
        "Check the mail address.",
    ),
    "field_unknown": (
        "この項目は受け付けていません。項目の名前を確認してください。",
        "This field is not known; check its name.",
    ),
    "file_needed": (
        "ファイルを添付してください。",
        "Attach a file.",
    ),
    "forbidden_characters": (
        "使用できない文字（制御文字など）が含まれています。その文字を除いてください。",
        "Remove characters that cannot be kept (NUL or half a surrogate pair).",
    ),
    "form_expired": (
        "画面の有効期限が切れました。画面を開き直して、もう一度操作してください。",
        "This page is too old; open it again and repeat the step.",
    ),
    "gazetteer_city_missing": (
        "市区町村の欄が空か、長すぎます。",
        "The city is missing or too long.",
    ),
    "gazetteer_columns": (
        "1行目に見出し「都道府県」「市区町村」「町域」を書いてください。「郵便番号」も読みます。",
        "Write a header of 都道府県, 市区町村 and 町域; 郵便番号 is read as well.",
    ),
    "gazetteer_empty": (
        "町名が1つもありません。ファイルを確認してください。",
        "There is no town in it; look at the file.",
    ),
    "gazetteer_line_short": (
        "欄が足りません。",
        "A column is missing.",
    ),
    "gazetteer_lines": (
        "町名の一覧に直すところがあります。何も取り込んでいません。",
        "Lines of the list must be mended; nothing was loaded.",
    ),
    "gazetteer_not_found": (
        "その市区町村の町名の一覧は取り込まれていません。",
        "No list of towns was loaded for that city.",
    ),
    "gazetteer_not_text": (
        "文字コードはUTF-8かShift_JISにしてください。",
        "Save it as UTF-8 or Shift_JIS.",
    ),
    "gazetteer_postal_code": (
        "郵便番号は7桁の数字で書いてください。",
        "A postal code has seven digits.",
    ),
    "gazetteer_prefecture_unknown": (
        "都道府県の欄は「北海道」のように都道府県名だけを書いてください。",
        "Write the prefecture alone, as in 北海道.",
    ),
    "gazetteer_town_long": (
        "町域の欄が長すぎます。",
        "The town is too long.",
    ),
    "idempotency_key_invalid": (
        "Idempotency-Key は半角の見える文字で、1～255文字にしてください。",
        "Give an Idempotency-Key of 1 to 255 visible ASCII characters.",
    ),
    "idempotency_key_reused": (
        "同じ Idempotency-Key が別の内容で使われています。新しいキーで送信してください。",
        "This Idempotency-Key came with another body before; send with a new key.",
    ),
    "illegal_transition": (
        "現在の状態では行えない操作です。最新の状態を確認してください。",
        "The present state does not allow this step; look at the latest state.",
    ),
    "individual_number_present": (
        "個人番号（マイナンバー）と思われる番号が含まれています。番号を削除して送信してください。",
        "This seems to hold an individual number (My Number); remove it and send again.",
    ),
    "internal_error": (
        "処理中に問題が起きました。時間をおいて、もう一度お試しください。",
        "Something went wrong on our side; try again later.",
    ),
    "invalid_choice": (
        "次のいずれかを指定してください：{choices}",
        "Choose one of these: {choices}",
    ),
    "invalid_input": (
        "入力内容に誤りがあります。示された項目を直してください。",
        "Something sent is wrong; correct the fields listed.",
    ),
    "invalid_value": (
        "値の形式が正しくありません。仕様を確認して直してください。",
        "The value does not have the right form; check the description and correct it.",
    ),
    "key_confined": (
        "このキーは特定の意見提出手続に限られています。限定のないキーを使ってください。",
        "This key is confined to some consultations; use one that is not.",
    ),
    "key_not_found": (
        "そのAPIキーはないか、既に取り消されています。",
        "There is no such key in force; check its id.",
    ),
    "key_unknown": (
        "そのAPIキーは使えません。キーを確認して、もう一度入力してください。",
        "This API key is not in force; check it and enter it again.",
    ),
    "malformed_json": (
        "JSONとして読み取れません。書式を確認して送信してください。",
        "This is not readable as JSON; check it and send again.",
    ),
    "malformed_request": (
        "要求を読み取れません。書式を確認して送信してください。",
        "The request cannot be understood; check its form and send it again.",
    ),
    "measure_name_mismatch": (
        "施策の案の名称が一致しません。正しい名称を入力してください：{candidates}",
        "This is not the name of the draft measure; enter the right one: {candidates}",
    ),
    "measure_name_missing": (
        "施策の案の名称を入力してください。",
        "Enter the name of the draft measure.",
    ),
    "method_not_allowed": (
        "この操作はできません。使える操作を確認してください。",
        "This method is not available here; see the Allow header.",
    ),
    "moment_invalid": (
        "日時を、2026-11-23 17:15 のように入力してください。",
        "Give day and time as 2026-11-23 17:15.",
    ),
    "name_missing": (
        "氏名を入力してください（団体の場合は団体の名称）。",
        "Enter a name (for an organisation, the organisation's).",
    ),
    "not_allowed": (
        "この操作の権限がありません。管理者に権限を確認してください。",
        "This key does not allow that; ask an administrator for the scope.",
    ),
    "not_found": (
        "見つかりません。番号やコードを確認してください。",
        "There is no such thing; check the number or code.",
    ),
    "number_invalid": (
        "0以上の整数を、半角の数字で入力してください。",
        "Give a whole number from 0 on, in ASCII digits.",
    ),
    "offset_missing": (
        "日時には時差（例：+09:00）を付けてください。",
        "Give the time an offset, for example +09:00.",
    ),
    "only_for_drop_box": (
        "回収日時は、意見書提出箱に投函された意見書にだけ入力できます。",
        "Only comments from a drop box have a time of collection; remove it.",
    ),
    "only_for_machine_mail": (
        "この項目は、channel を指定した複合機などのメールにだけ入力できます。",
        "Only a mail of an office machine, named by channel, has this field; remove it.",
    ),
    "only_for_paper_mail": (
        "この項目は、郵送・持参の意見書にだけ入力できます。",
        "Only paper mail has this field; remove it.",
    ),
    "opinion_missing": (
        "意見の内容を入力してください。",
        "Enter your opinion.",
    ),
    "opinion_too_long": (
        "意見は{limit}文字以内で入力してください。長い場合は分けて提出してください。",
        "Keep the opinion within {limit} characters, or send it in several parts.",
    ),
    "out_of_range": (
        "値が範囲を超えています。範囲を確認してください。",
        "The value is out of range; check the limits.",
    ),
    "overloaded": (
        "混み合っています。しばらくしてから、もう一度お試しください。",
        "Too much is waiting; try again in a while.",
    ),
    "placeholder_unknown": (
        "差し込みに使えるのは {allowed} だけです。ほかの波括弧は取り除いてください。",
        "Only these placeholders can be filled in: {allowed}. Take out every other brace.",
    ),
    "postmark_only_for_post": (
        "消印有効（postmarked）は郵送にだけ設定できます。別の基準を選んでください。",
        "Only post can go by the postmark; choose another basis.",
    ),
    "precondition_required": (
        "If-Match ヘッダーに最新の ETag を付けて送信してください。",
        "Send the latest ETag in If-Match.",
    ),
    "rate_limited": (
        "送信の回数が多すぎます。しばらくしてから、もう一度お試しください。",
        "Too many requests; try again after the time in Retry-After.",
    ),
    "recognition_unavailable": (
        "文字を読み取る準備ができていません。必要なものを入れてください：{missing}",
        "Text recognition is not ready here; install what is missing: {missing}",
    ),
    "refused": (
        "受け付けられませんでした。内容を確認してください。",
        "This could not be carried out; check what was sent.",
    ),
    "representative_missing": (
        "代表者の氏名を入力してください。",
        "Enter the representative's name.",
    ),
    "required": (
        "この項目を入力してください。",
        "Enter this field.",
    ),
    "rules_contradict": (
        "設定の内容に矛盾があります。各項目を見直してください。",
        "The rules contradict each other; see each field.",
    ),
    "scope_needed": (
        "この操作には権限 {scope} が必要です。管理者に確認してください。",
        "This needs the scope {scope}; ask an administrator.",
    ),
    "sent_twice": (
        "同じ項目が2回送られています。1回だけ送信してください。",
        "This was sent more than once; send it once.",
    ),
    "stale_revision": (
        "他の人が先に変更しました。最新の内容を読み込んで、もう一度変更してください。",
        "Somebody changed this in between; load it again and repeat the change.",
    ),
    "storage_full": (
        "保存場所がいっぱいです。管理者に連絡し、時間をおいて送信してください。",
        "There is no room to keep this; tell an administrator and send it again later.",
    ),
    "subject_not_one_line": (
        "件名に改行や制御文字は使えません。1行で書いてください。",
        "A subject holds no line break or control character; write it on one line.",
    ),
    "submission_not_found": (
        "その到達物はありません。番号を確認してください。",
        "There is no such arrival; check its id.",
    ),
    "too_large": (
        "データが大きすぎます。分けるか小さくして送信してください。",
        "This is too large; send it in parts or make it smaller.",
    ),
    "too_long": (
        "{limit}文字以内で入力してください。",
        "Keep it within {limit} characters.",
    ),
    "too_many": (
        "数が多すぎます。分けて送信してください。",
        "These are too many; send them in parts.",
    ),
    "unauthenticated": (
        "APIキーが確認できません。正しいキーを付けて送信してください。",
        "No valid API key; send one in the Authorization header.",
    ),
    "unavailable": (
        "ただいま受け付けられません。時間をおいて、もう一度お試しください。",
        "This cannot be taken now; try again later.",
    ),
    "unsupported_media_type": (
        "この形式のデータは受け付けられません。Content-Type を確認してください。",
        "This media type is not taken; check the Content-Type.",
    ),
}
"""Words for refusals and for the fields of a refused request: (Japanese, English)."""

TITLES: Mapping[int, Words] = {
    400: ("読み取れない要求です", "The request cannot be understood"),
    401: ("APIキーが必要です", "An API key is needed"),
    403: ("権限がありません", "Not allowed"),
    404: ("見つかりません", "Not found"),
    405: ("使えない操作です", "Method not allowed"),
    409: ("現在の状態では行えません", "The present state does not allow it"),
    412: ("内容が更新されています", "The record has changed"),
    413: ("大きすぎます", "Too large"),
    415: ("受け付けられない形式です", "Unsupported media type"),
    422: ("入力内容に誤りがあります", "Something sent is wrong"),
    428: ("条件の指定が必要です", "A precondition is required"),
    429: ("要求が多すぎます", "Too many requests"),
    500: ("処理中に問題が起きました", "Something went wrong here"),
    503: ("ただいま受け付けられません", "Not available now"),
    507: ("保存場所がいっぱいです", "No room to keep it"),
}
"""What kind of refusal an HTTP status is, in a few words: (Japanese, English)."""

FINDINGS: Mapping[str, Words] = {
    "address_by_gazetteer": (
        "町名「{town}」に照らして、「{read}」を「{taken}」と直しました。もとの読み取りも残してあります。画像と見比べてください。",
        "By the town {town}, “{read}” was put right to “{taken}”; compare it with the image.",
    ),
    "address_missing": (
        "住所（団体は事務所の所在地）がありません。提出者に確認してください。",
        "There is no address; ask the submitter.",
    ),
    "address_not_in_gazetteer": (
        "市の町名の一覧にない町名です。読み違いかもしれません（近い町名：{near}）。画像を見てください。",
        "The list of the city's towns does not hold it; it may be misread (near: {near}).",
    ),
    "answers_earlier_comment": (
        "受付番号{receipt_number}の意見書についての返信です。見比べて、必要な事項を取り入れてください。",
        "This answers our mail about {receipt_number}; compare them and take over what is needed.",
    ),
    "answers_perhaps": (
        "同じ送信者の、補正が必要な意見書があります（{receipt_number}）。その補正かどうか確認してください。",
        "The same sender has a comment that lacks something ({receipt_number}); see whether this completes it.",
    ),
    "attachment_contradicts": (
        "メールと添付ファイル「{filename}」の内容が食い違っています。両方を見て、正しい方を入力してください。",
        "The mail and its attachment {filename} differ; look at both and type in what is right.",
    ),
    "attachment_encrypted": (
        "添付ファイル「{filename}」にパスワードがかかっています。パスワードなしでの送付を依頼してください。",
        "The attachment {filename} needs a password; ask for it without one.",
    ),
    "attachment_ichitaro": (
        "添付ファイル「{filename}」は一太郎の文書で、文字を取り出せません。Word、PDFかテキストでの送付を依頼してください。",
        "The attachment {filename} is an Ichitaro document that cannot be read; ask for Word, PDF or text.",
    ),
    "attachment_joined": (
        "添付ファイル「{filename}」に書かれていた項目を補いました。",
        "Fields were taken from the attachment {filename}.",
    ),
    "attachment_limit": (
        "添付ファイル「{filename}」の中身が多いか大きすぎるため、一部を開いていません。原本を確認してください。",
        "The attachment {filename} holds more than is opened; look at the original.",
    ),
    "attachment_not_joined": (
        "添付ファイル「{filename}」に、意見の欄にない内容があります。開いて確認してください。",
        "The attachment {filename} holds more than the opinion; open it and look.",
    ),
    "attachment_opened": (
        (
            "添付ファイル「{filename}」が、提出者のメールにあったパスワードで開きました。まだ取り込んでいません。"
            "到達物のページで中身を確かめ、「開いた内容を取り込む」を選んでください。"
        ),
        (
            "A password in the writer's mail opened the attachment {filename}. Nothing of it was"
            " taken over; look at it on the page of the arrival and confirm."
        ),
    ),
    "attachment_suspicious": (
        "添付ファイル「{filename}」の中に不審な名前のファイルがあります。開く前に確認してください。",
        "The attachment {filename} holds a file with a strange name; be careful with it.",
    ),
    "attachment_text_only": (
        "一太郎の添付ファイル「{filename}」から、体裁なしで文字だけを取り出しました。原本と見比べてください。",
        "Only the text of the Ichitaro file {filename} was taken out; compare it with the original.",
    ),
    "attachment_unread": (
        "添付ファイルがまだ読まれていません。開いて内容を確認してください。",
        "An attachment has not been read; open it and look.",
    ),
    "automatic_mail": (
        "自動送信されたメールです。返信はしません。",
        "This mail was sent automatically; it is not answered.",
    ),
    "box_collection_unknown": (
        "どの回収で届いたか分かりません。回収記録を確認し、回収日時を入力してください。",
        "The collection round is unknown; look it up and enter its time.",
    ),
    "brings_password": (
        "受付番号{receipt_number}の、パスワードのかかった添付ファイルについてのメールとみられます。見比べてください。",
        "It seems to bring the password for an attachment of {receipt_number}; look at both.",
    ),
    "category_detail_missing": (
        "区分に該当する事項（{detail_label}）がありません。提出者に確認してください。",
        "What belongs to the category is missing ({detail_label}); ask the submitter.",
    ),
    "category_missing": (
        "意見提出者の区分がありません。提出者に確認してください。",
        "No category of submitter was chosen; ask the submitter.",
    ),
    "category_not_listed": (
        "書かれた区分は、この手続の区分（{codes}）にありません。必須ではありませんが、確認してください。",
        "The category given is none of {codes}. None is required here; have a look.",
    ),
    "category_unknown": (
        "意見提出者の区分が確認できません（{codes}のいずれか）。提出者に確認してください。",
        "The category is none of {codes}; ask the submitter.",
    ),
    "choice_ambiguous": (
        "区分の印が複数あるか、はっきりしません。画像を見て選んでください。",
        "More than one box is ticked, or a mark is doubtful; look at the image and choose.",
    ),
    "consultation_unknown": (
        "どの案への意見か決められません。内容を見て選んでください。",
        "It is not certain which draft this is about; look and choose it.",
    ),
    "correction_arrived": (
        "補正の返信が届きました（受付番号{receipt_number}）。見比べて、必要な事項を取り入れてください。",
        "An answer has arrived ({receipt_number}); compare them and take over what is needed.",
    ),
    "correction_not_mailed": (
        "補正依頼のメールは送っていません。使える宛先がないため、電話や郵便で依頼してください。",
        "No mail was sent: there is no usable address; ask by telephone or post.",
    ),
    "count_differs": (
        "申告された数（{declared}）と読み取った数（{found}）が違います。現物を数えてください。",
        "{declared} were declared but {found} were found; count the papers.",
    ),
    "cover_sheet_apart": (
        "送付状は意見の本文に含めていません。",
        "The cover sheet is no part of the opinion.",
    ),
    "date_undetermined": (
        "期限内かどうか決められません。消印や到着日、回収日を確認してください。",
        "It cannot be told whether this was in time; check postmark, arrival and collection.",
    ),
    "deadline_passed": (
        "期限を過ぎて届きました。",
        "This arrived after the deadline.",
    ),
    "disclaimer_in_opinion": (
        "意見の{start}文字目から{end}文字目は、メールに付いた注意書きとみられます。",
        "Characters {start} to {end} of the opinion seem to be a disclaimer.",
    ),
    "early_arrival": (
        "募集期間の前に届きました。受理するかどうか決めてください。",
        "This arrived before the period opened; decide whether to accept it.",
    ),
    "envelope_apart": (
        "封筒は意見の本文に含めていません。",
        "The envelope is no part of the opinion.",
    ),
    "fax_interrupted": (
        "ファクシミリの受信が途中で切れました。続きがあるか、送信元に確認してください。",
        "The fax call broke off; ask the sender whether there is more.",
    ),
    "fewer_than_before": (
        "読み直すと意見書は{found}通で、前回の{before}通より少なくなりました。前回の記録は残してあります。原本と見比べてください。",
        "Read again, it holds {found} comments, not {before}; the others are kept. See the original.",
    ),
    "file_empty": (
        "ファイルが空です。送り主に送り直しを依頼してください。",
        "The file is empty; ask for it again.",
    ),
    "file_encrypted": (
        "パスワード付きのファイルです。送り主にパスワードなしでの送付を依頼してください。",
        "The file needs a password; ask for it without one.",
    ),
    "file_too_large": (
        "ファイルが大きすぎて読み取れません。原本を開いて確認してください。",
        "The file is too large to be read; open the original and look.",
    ),
    "file_unreadable": (
        "ファイルが壊れていて読み取れません。原本を確認し、送り直しを依頼してください。",
        "The file is damaged; look at the original and ask for it again.",
    ),
    "file_unsupported": (
        "この形式のファイルは読み取れません。原本を開いて内容を入力してください。",
        "This kind of file is not read; open the original and type it in.",
    ),
    "form_named_in_print": (
        "QRコードが読めないため、印刷された様式の番号と案の名称から様式を判断しました。画像と見比べてください。",
        "The QR code is unreadable; the form was told by its printed number. Compare the image.",
    ),
    "form_page_missing": (
        "様式の{pages}枚目がありません。原本を確認してください。",
        "Page {pages} of the form is missing; look at the original.",
    ),
    "form_template_unknown": (
        "様式を特定できません。画像を見て、どの案への意見かを選び、入力してください。",
        "It is not known which form this is; look at the image, choose the draft and type it in.",
    ),
    "forward_header_in_opinion": (
        "意見の{start}文字目から{end}文字目は、転送されたメールの見出しとみられます。",
        "Characters {start} to {end} of the opinion seem to be a forwarded mail's header.",
    ),
    "forwarded_mail": (
        "転送されたメールです。元の提出者と、市に最初に届いた日時を確認してください。",
        "This mail was forwarded; check who wrote it and when it first arrived.",
    ),
    "found_in_junk": (
        "迷惑メールのフォルダーで見つかりました。振り分けの設定を確認してください。",
        "This lay in the junk folder; check the filter.",
    ),
    "hidden_text": (
        "画面では見えない文字が含まれていました。原本を確認してください。",
        "Text that a reader would not see was set apart; look at the original.",
    ),
    "individual_number_present": (
        "個人番号（マイナンバー）と思われる番号があります。保管できないため、担当者が確認してください。",
        "This seems to hold an individual number (My Number), which must not be kept; look at it.",
    ),
    "low_confidence": (
        "読み取りに自信がありません。画像と見比べて直してください。",
        "The reading is doubtful; compare it with the image and correct it.",
    ),
    "machine_mail": (
        "「{machine}」のメールとみました（{evidence}）。偽れます。機器の記録と比べてください。件名：{subject}",
        "Taken for a mail of the machine {machine} ({evidence}); it may be forged: {subject}",
    ),
    "machine_mail_text": (
        "機器からのメールに本文があります。意見が書かれていないか確認してください：{text}",
        "The machine's mail holds text, too; see whether it is part of the opinion: {text}",
    ),
    "machine_without_pages": (
        "機器からのメールに、読み取れるページがありません。原本を開いて確認してください。",
        "The machine's mail holds no pages that can be read; open the original and look.",
    ),
    "mail_date_differs": (
        "メールに書かれた日時とサーバーの受信日時が離れています。受信日時で判定しました。",
        "The mail's own date is far from the server's; the server's was used.",
    ),
    "measure_name_ambiguous": (
        "案の名称に当てはまるものが複数あります。内容を見て選んでください：{candidates}",
        "The name fits more than one draft; look and choose: {candidates}",
    ),
    "measure_name_from_envelope": (
        "施策の案の名称は、封筒の記載から取りました。",
        "The name of the measure was taken from the envelope.",
    ),
    "measure_name_from_subject": (
        "案の名称をメールの件名から読み取りました。",
        "The name of the draft was taken from the subject of the mail.",
    ),
    "measure_name_from_text": (
        "案の名称を本文から読み取りました。",
        "The name of the draft was taken from the text.",
    ),
    "measure_name_from_title": (
        "施策の案の名称は、用紙の表題から取りました。",
        "The name of the measure was taken from the title of the form.",
    ),
    "measure_name_mismatch": (
        "案の名称が一致しません。内容を見て、どの案への意見か決めてください：{candidates}",
        "The name is not that of a draft; look and decide which is meant: {candidates}",
    ),
    "measure_name_missing": (
        "案の名称がありません。内容を見て、どの案への意見か決めてください。",
        "The name of the draft is missing; look and decide which is meant.",
    ),
    "measure_name_not_exact": (
        "案の名称が正式な名称と少し違います：{measure_name}",
        "The name differs a little from the official one: {measure_name}",
    ),
    "measure_other_than_named": (
        "様式の案と、受付で指定された案が違います。どちらかを選んでください。",
        "The form and the mailroom name different drafts; choose one.",
    ),
    "name_missing": (
        "氏名（団体は名称）がありません。提出者に確認してください。",
        "There is no name; ask the submitter.",
    ),
    "not_our_form": (
        "市の様式ではない用紙です。画像を見て、読み取った内容を確認してください。",
        "This is not the city's form; compare what was read with the image.",
    ),
    "one_of_several": (
        (
            "複数の案への意見が1通で届いたため、案ごとに{count}通に分けました（{place}通目）。"
            "ほかの受付番号は関連する意見書にあります。"
        ),
        (
            "It came with comments on other measures and was parted ({place} of {count}); the"
            " others stand among the related comments."
        ),
    ),
    "opened_confirmed": (
        "職員が確かめ、パスワードのかかっていた添付ファイルの内容を取り込みました。",
        "A member of staff confirmed what was behind the password, and it was taken over.",
    ),
    "opinion_missing": (
        "意見の内容がありません。提出者に確認してください。",
        "There is no opinion; ask the submitter.",
    ),
    "opinion_too_long": (
        "意見が{limit}文字を超えています。原本を確認してください。",
        "The opinion is longer than {limit} characters; look at the original.",
    ),
    "page_blank": (
        "白紙のページがあります。裏表や読み込み漏れがないか確認してください。",
        "A page is blank; check that nothing was scanned face down.",
    ),
    "page_blank_dropped": (
        "白紙のページを除きました。",
        "A blank page was left out.",
    ),
    "page_limit": (
        "{pages}ページのうち{limit}ページまで読み取りました。残りは原本で確認してください。",
        "{limit} of {pages} pages were read; look at the rest in the original.",
    ),
    "page_unreadable": (
        "読み取れないページがあります。画像を見て入力してください。",
        "A page could not be read; look at the image and type it in.",
    ),
    "pages_missing": (
        "届いたページ数（{found}）が予告（{announced}）より少なくなっています。送信元に確認してください。",
        "{found} pages came but {announced} were announced; ask the sender.",
    ),
    "picture_blurred": (
        "画像がぼやけています。紙が手元にあれば、読み取り直してください。",
        "The picture is out of focus; scan the paper again while you have it.",
    ),
    "picture_cut_off": (
        "用紙の端が画像に入っていません。紙が手元にあれば、四隅の黒い印が全部入るように読み取り直してください。",
        "Part of the sheet lies outside the picture; scan it again with all four black markers.",
    ),
    "picture_dark": (
        "画像が暗すぎます。紙が手元にあれば、明るくして読み取り直してください。",
        "The picture is too dark; scan the paper again, lighter.",
    ),
    "picture_small": (
        "画像が粗すぎます。紙が手元にあれば、200dpi以上で読み取り直すか、用紙いっぱいに撮り直してください。",
        "The picture is too coarse; scan at 200 dpi or more, or let the sheet fill the photograph.",
    ),
    "possible_duplicate": (
        "同じ内容または同じ提出者の意見書がほかにあります。見比べてください。",
        "Another comment has the same text or the same writer; compare them.",
    ),
    "postal_code_differs": (
        "郵便番号は別の町のものです（{towns}）。番号か町名の読み違いかもしれません。画像を見てください。",
        "The postal code is another town's ({towns}); one of them may be misread.",
    ),
    "postmark_after_arrival": (
        "消印の日付が到着日より後になっています。日付を確認してください。",
        "The postmark is later than the arrival; check both dates.",
    ),
    "postmark_seen": (
        "封筒（{sheet}ページ）に消印とみられる日付「{date}」があります。確かめて、消印の日を入力してください。",
        "On the envelope (page {sheet}) a date stands that may be the postmark: {date}. Check it and enter the postmark.",
    ),
    "printed_words_left_out": (
        "用紙に印刷された説明とみられる行を、記入の内容から除いています。",
        "Lines that the form itself seems to have printed are left out of what was written.",
    ),
    "quotation_in_opinion": (
        "意見の{start}文字目から{end}文字目は、ほかのメールの引用とみられます。",
        "Characters {start} to {end} of the opinion seem to be quoted from another mail.",
    ),
    "read_by_ocr": (
        "機械で読み取った内容です。画像と見比べて確認してください。",
        "A machine read this; compare it with the image.",
    ),
    "reading_failed": (
        "読み取りに失敗しました。原本を見て入力してください。",
        "Reading failed; look at the original and type it in.",
    ),
    "receipt_held": (
        "当方のメールへの自動応答の可能性があるため、受付通知を送っていません。人が書いた意見であれば、受理などの決定をすると送られます。",
        "This may be a machine's answer to mail of ours, so no receipt was sent; deciding on the comment sends it.",
    ),
    "received_before_collected": (
        "受領日時が回収日時より前です。日時を確認してください。",
        "It was received before its box was emptied; check both times.",
    ),
    "registration_doubtful": (
        "用紙の位置合わせに自信がありません。画像と見比べて確認してください。",
        "The page could not be aligned with certainty; compare it with the image.",
    ),
    "reply_undeliverable": (
        "提出者へのメールが届きませんでした。電話や郵便など、ほかの方法で連絡してください。",
        "Our mail to the submitter came back; use another way, such as telephone or post.",
    ),
    "representative_missing": (
        "団体の代表者の氏名がありません。提出者に確認してください。",
        "The representative's name is missing; ask the submitter.",
    ),
    "same_bytes_other_facts": (
        "同じものが別の受付情報でもう一度届きました。最初の記録を使います。",
        "The same arrival was announced again with other details; the first record stands.",
    ),
    "seal_on_writing": (
        "印影（訂正印など）があります。画像を見て、訂正の内容を確かめてください。",
        "There is a seal, as people set beside a correction; look at the image.",
    ),
    "several_measures": (
        "複数の案の名称が書かれています：{names}。どの案への意見か確認し、必要なら分けて記録してください。",
        "Several drafts are named: {names}. See which is meant, and part the comment if need be.",
    ),
    "signature_in_opinion": (
        "意見の{start}文字目から{end}文字目は、署名とみられます。",
        "Characters {start} to {end} of the opinion seem to be a signature.",
    ),
    "split_doubtful": (
        "用紙の区切りがはっきりしません（{pages}ページ目）。前後の用紙と見比べてください。",
        "It is doubtful where this comment begins or ends (page {pages}); compare with its neighbours.",
    ),
    "text_layer_differs": (
        "PDFの文字情報が見た目と違うため、見た目のとおりに読み取りました。原本を確認してください。",
        "The PDF's text differs from what it shows; what it shows was read. Look at the original.",
    ),
    "text_layer_read": (
        "パソコンで入力された文字をファイルから読み取りました。画像と見比べてください。",
        "Typed text was taken from the file; compare it with the picture.",
    ),
    "text_repaired": (
        "文字コードの誤りを補って読みました。原本を確認してください。",
        "The text did not decode as declared and was repaired; look at the original.",
    ),
    "variant_doubtful": (
        "「{read}」と読みましたが、「{other}」かもしれません。画像の字の形を見てください。",
        "It was read as “{read}” but may be “{other}”; look at the character in the image.",
    ),
    "vertical_writing": (
        "縦書きとして読み取りました。行の順序と、かぎ括弧・小さい「っ」などを画像で確かめてください。",
        "It was read as vertical writing; check the order of lines, brackets and small kana.",
    ),
    "words_weighed": (
        "字の形だけでは決まらないところを、辞書の語に照らして読みました。もとの読み取りも残してあります。",
        "What its shape left open was read by the words of a dictionary; the first reading is kept.",
    ),
    "writing_struck_out": (
        "線で消して訂正した跡があります。画像を見て、残すところを確かめてください。",
        "Something written was struck out; look at the image and see what is to stay.",
    ),
}
"""Words for findings: (Japanese, English)."""

SPLIT_DOUBTS: Mapping[str, Words] = {
    "backs": (
        "区切りの白紙が、用紙の裏面かもしれません。",
        "The blank pages that part the stack may be the backs of its sheets.",
    ),
    "envelope": (
        "前の意見書の封筒とみて、分けませんでした。次の意見書の封筒かもしれません。",
        "The envelope was kept with the comment before it, and may be that of the next.",
    ),
    "letterhead": (
        "別の意見書の始まりとみて、ここで分けました。",
        "It begins like a comment of its own, so the stack was cut here.",
    ),
    "loose_sheet": (
        "前の用紙の続きとみて、分けませんでした。別の意見書かもしれません。",
        "It was kept with the page before it, but may be another comment.",
    ),
    "no_separator": (
        "仕切り紙があるとされていますが、見つかりません。",
        "Separators were announced, and none was seen.",
    ),
    "other_name": (
        "続きの用紙の氏名が、1枚目と違います。",
        "A further sheet bears another name than the first.",
    ),
    "uneven_sides": (
        "表面と裏面の枚数が合いません。",
        "Fronts and backs are not equally many.",
    ),
    "unreadable": (
        "読めない用紙のため、どちらのものか分かりません。",
        "It cannot be read, so it cannot be told to whom it belongs.",
    ),
}
"""Why a split of a stack is doubtful: (Japanese, English)."""

REASONS: Mapping[str, Words] = {
    "auto_generated": (
        "プログラムが自動で送ったメールで、意見の記載がありません。",
        "A program sent this mail, and it holds no comment.",
    ),
    "auto_reply": (
        "不在通知などの自動返信メールです。",
        "This is an automatic reply, such as an out-of-office notice.",
    ),
    "delivery_report": (
        "メールの配送状況の通知です。",
        "This is a report on the delivery of a mail.",
    ),
    "junk_without_comment": (
        "迷惑メールのフォルダーにあり、意見書らしい記載がありません。意見であれば隔離を解除してください。",
        "It lay among junk and nothing in it points to a comment. Release it if it is one.",
    ),
    "list_mail": (
        "メーリングリストやお知らせのメールで、意見の記載がありません。",
        "This is list mail, and it holds no comment.",
    ),
    "not_a_comment": (
        "職員が意見書ではないと判断しました。",
        "A member of staff decided that this is not a comment.",
    ),
    "reading_failed": (
        "読取りに失敗しました。原本を見て入力してください。",
        "Reading failed. Please type it in from the original.",
    ),
    "reading_kills_process": (
        "読取り中に処理が何度も中断したため、隔離しました。原本を確認してから解除してください。",
        (
            "Reading it interrupted the program again and again, so it was quarantined. Check the"
            " original before releasing it."
        ),
    ),
}
"""Why an arrival is ignored, failed or quarantined."""

_UNKNOWN: Words = (
    "確認が必要です（{code}）。担当者にお問い合わせください。",
    "This needs attention ({code}); ask the office in charge.",
)


class _Gaps(dict[str, str]):
    """Fills a placeholder without data with an ellipsis, so that words never fail."""

    def __missing__(self, key: str) -> str:
        return "…"


def say(code: str, language: str, data: Mapping[str, str], *, section: Mapping[str, Words]) -> str:
    """Give the words for a code; they are there for every code and never fail for want of data.

    Args:
        code: What to say.
        language: ``ja`` or ``en``; anything else reads Japanese.
        data: Values for the placeholders.
        section: ``PROBLEMS``, ``FINDINGS`` or another section of words.
    """
    japanese, english = section.get(code, _UNKNOWN)
    words = english if language == "en" else japanese
    return words.format_map(_Gaps({**data, "code": code}))
