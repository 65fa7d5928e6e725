"""What a word is, in any script."""

import pytest

from graph_service.model.search_words import WORD_LENGTH_MAX, query_words, search_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Payments-API v2", "payments api v2"),
        ("db_01.example.com", "db 01 example com"),
        ("Größe der Straße", "grosse der strasse"),
        ("e\u0301cole École", "ecole ecole"),
        ("数据库 prod-1", "数 据 库 prod 1"),
        ("prod数据", "prod 数 据"),
        ("데이터 서버", "데이터 서버"),
        ("हिन्दी", "हिन्दी"),
        ("ｆｕｌｌ ﬁne ①", "full fine 1"),
        ("🚀launch", "🚀 launch"),
        ("a\x00b\x1fc", "a b c"),
        ("'; DROP TABLE ci; --", "drop table ci"),
        ("--- !!!", ""),
        ("", ""),
    ],
)
def test_words_of_a_text(text: str, words: str) -> None:
    assert query_words(text) == tuple(words.split())


def test_words_of_texts_are_each_told_once_in_order() -> None:
    assert search_words("web two", "Web one") == ("one", "two", "web")


def test_a_word_counts_up_to_a_length() -> None:
    assert query_words("x" * 1_000) == ("x" * WORD_LENGTH_MAX,)
    assert query_words("é" * 1_000) == ("e" * WORD_LENGTH_MAX,)
