"""What the bench of a campaign posts."""

import json
from collections import Counter
from itertools import islice

from bench.campaign import posts_of_campaign


def test_most_bear_one_of_a_few_texts_and_each_is_of_another_writer() -> None:
    posts = [
        json.loads(each.partition(b"\r\n\r\n")[2]) for each in islice(posts_of_campaign(), 200)
    ]
    texts = Counter(each["opinion"] for each in posts)
    shared = {text: count for text, count in texts.items() if count > 1}
    assert (len(shared), sum(shared.values())) == (5, 170)
    assert sum(text.startswith(tuple(shared)) for text in texts) == 5 + 10
    assert len({each["submitter"]["name"] for each in posts}) == 200
