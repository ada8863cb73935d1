"""The fold: what is the same, what stays different, and the way back to the original."""

import importlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import (
    Folded,
    fold,
    fold_all,
    fold_pair,
    letters,
    patterns,
    strip_controls,
    unfold_pair,
    verbatim,
)

fold_module = importlib.import_module("bot.core.text.fold")  # hidden by the function

WORDS = [
    *(
        "North",
        "missile",
        "Jong-un",
        "Corée",
        "Łódź",
        "Straße",
        "İstanbul",
        "Ærø",
        "naïve",
        "Ĳssel",
    ),
    *(
        "Ракета",
        "Київ",
        "Ελλάδα",
        "북한",
        "미사일",
        "パリ",
        "バリ",
        "東京都",
        "北朝鮮",
        "กรุงเทพ",
        "ยิงขีปนาวุธ",
    ),
    *(
        "محمد",
        "مُحَمَّد",
        "ירושלים",
        "हिन्दी",
        "AT&T",
        "C++",
        "½",
        "№5",
        "ﬁre",
        "²",
        "ⅷ",
        "a\u0301\u0323b",
    ),
]
GAPS = [
    " ",
    "  ",
    ", ",
    ". ",
    "-",
    " — ",
    "\n",
    "\u00a0",
    "、",
    "。",
    "’",
    "…",
    "(",
    ") ",
    "/",
    "\u200b",
]
texts = st.lists(st.sampled_from(WORDS + GAPS) | st.text(max_size=4), max_size=12).map("".join)


def folded(text: str) -> str:
    return fold(text).data.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "  "),
        ("Missile BASE", " missile base "),
        ("Kim Jong-un’s", " kim jong un s "),
        ("N.Korea, N. Korea", " n korea  n  korea "),
        ("one  two\n\tthree\u00a0four", " one two three four "),
        ("end。次、三", " end  次  三 "),
        ("clause—clause", " clause  clause "),
        ("Corée naïve Ελλάδα Київ", " coree naive ελλαδα киів ".replace("і", "і")),
        ("Łódź Ærø þing œuf đ ħ ı İ ß", " lodz aero thing oeuf d h i i ss "),
        ("パリ ﾊﾟﾘ バリ", " パリ パリ バリ "),
        ("カﾞス", " ガス "),
        ("Ｎｏｒｔｈ　Ｋｏｒｅａ", " north korea "),
        ("مُحَمَّد أحمد", " محمد احمد "),
        ("שָׁלוֹם", " שלום "),
        ("soft\u00adhyphen zero\u200bwidth \u202eright", " softhyphen zerowidth right "),
        ("Twitter™ ©2026", " twitter 2026 "),
        ("北朝鮮がIAEAに", " 北朝鮮が iaea に "),
        ("北미사일 CSIS가 13곳", " 北 미사일 csis 가 13 곳 "),
        ("a\x1eb\x1fc\x1dd", " a b c d "),
        ("é\x1eb", " e b "),
        ("lone \ud800 surrogate", " lone   surrogate "),
        ("हिन्दी", " हिन्दी "),
        ("Hawaiʻi Hawai'i", " hawai i hawai i "),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_hangul_stays_whole_however_it_is_composed() -> None:
    assert folded(unicodedata.normalize("NFD", "북한 미사일")) == " 북한 미사일 "


def test_long_runs_fold_as_short_ones() -> None:
    assert folded("北朝鮮は弾道弾を発射" * 9) == f" {'北朝鮮は弾道弾を発射' * 9} "
    assert folded("Ж́Ё" * 40) == f" {'же' * 40} "


def test_the_memory_of_runs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(letters.RUNS), "most_kept", 3)
    for code in range(0x410, 0x41A):
        assert folded(chr(code) * 3) == f" {chr(code).lower() * 3} ".replace("й", "и")
    assert len(letters.RUNS) <= 4
    for code in range(0x410, 0x41A):
        assert folded(
            f"{'word ' * 20}{chr(code)}"
        ) == f" {'word ' * 20}{chr(code).lower()} ".replace("й", "и")
    assert len(fold_module._SPARSE) <= 4
    assert folded("word " * 80 + "Ж" * 33) == " " + "word " * 80 + "ж" * 33 + " "
    assert len(fold_module._SPARSE) <= 4


def test_characters_taken_as_plain_fold_to_themselves() -> None:
    plain = re.compile(f"[{letters.PLAIN}]")
    for code in range(0x80, 0x10000):
        if plain.match(chr(code)):
            composed = unicodedata.normalize("NFC", letters.CHARS[code])
            assert composed == unicodedata.normalize("NFC", chr(code)) == chr(code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("弾道ミサイル発射", " 弾道 ミサイル 発射 "),
        ("関ヶ原の3ヶ月", " 関ヶ原の 3 ヶ月 "),
        ("らーめんとラーメン", " らーめんと ラーメン "),
        ("ジョン・ボルトン氏", " ジョン ボルトン 氏 "),
        ("김정은金正恩", " 김정은 金正恩 "),
        ("ยิง ขีปนาวุธNK", " ยิง ขีปนาวุธ nk "),
        ("ミサイルМиС", " ミサイル мис "),
    ],
)
def test_a_space_stands_where_scripts_meet(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize("accents", ["\u0301", "\u0301\u0323"])
def test_accents_without_end_do_no_harm(accents: str) -> None:
    text = "Missile a" + accents * 20_000 + " end"
    assert folded(text) == " missile a end "
    assert fold(text).span(11, 14) == (len(text) - 3, len(text))
    assert folded("x" + "…" * 3000) == " x" + " " * 6001


def test_the_way_back_through_a_long_text() -> None:
    text = "北朝鮮が、ミサイル — Élysée “said”\n" * 2_000
    found = fold(text)
    for start in (0, len(found.data) // 2, len(found.data) - 200):
        at = found.data.index(b"elysee", start)
        first, last = found.span(at, at + 6)
        assert text[first:last] == "Élysée"


@given(texts | st.just("a\x1d\x1eb"), texts)
def test_a_pair_folds_as_each_alone(one: str, other: str) -> None:
    joined = fold_pair(one, other)
    first, second = unfold_pair(joined, one, other)
    assert (first.data, second.data) == (fold(one).data, fold(other).data)
    assert joined == first.data + b"\x1d" + second.data


@given(texts)
def test_folding_again_changes_nothing(text: str) -> None:
    # Two spaces stand for a clause end; written as one, they must come out the same.
    once = folded(text)
    assert folded(once.replace("  ", ", ").strip()).split() == once.split()


@given(texts)
def test_case_and_composition_make_no_difference(text: str) -> None:
    expected = folded(text)
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)).split() == expected.split()


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_upper_and_lower_case_fold_alike(words: list[str]) -> None:
    text = " ".join(words)
    assert folded(text.upper()) == folded(text.lower()) == folded(text)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20))
def test_full_width_is_the_same(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    assert folded(wide).split() == folded(text).split()


@given(texts)
def test_every_word_leads_back_to_characters_that_fold_to_it(text: str) -> None:
    found = fold(text)
    at = 0
    for word in found.data.split():
        start = found.data.index(word, at)
        at = start + len(word)
        first, last = found.span(start, at)
        assert 0 <= first < last <= len(text)
        assert word in fold(text[first:last]).data


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("Kim Jong-un's visit", "jong un", "Jong-un"),
        ("a  b   Corée  du Nord", "coree du nord", "Corée  du Nord"),
        ("e\u0301tat du Nord", "etat", "e\u0301tat"),
        ("vu: 北朝鮮がIAEAに", "iaea", "IAEA"),
        ("Straße 5", "strasse", "Straße"),
        (unicodedata.normalize("NFD", "x 북한이"), "북한", unicodedata.normalize("NFD", "북한")),
        ("ﾊﾟﾘで", "パリ", "ﾊﾟﾘ"),
    ],
)
def test_spans_are_of_the_original(text: str, term: str, expected: str) -> None:
    found = fold(text)
    start = found.data.index(term.encode())
    first, last = found.span(start - 1, start + len(term.encode()))
    assert text[first:last] == expected


def test_a_run_that_cannot_be_cut_stays_whole() -> None:
    # Half-width jamo are letters of their own until they are folded: then they are one syllable.
    found = fold("\uffa1\uffc2")
    assert found.data.decode() == " 가 "
    assert found.span(1, len(found.data) - 1) == (0, 2)


def test_word_end_stops_at_a_space_but_not_in_unspaced_scripts() -> None:
    found = fold("bases 基地を")
    assert found.word_end(4) == 6
    end = found.data.index("基地".encode()) + 6
    assert found.word_end(end) == end


@pytest.mark.parametrize(
    ("text", "prefix", "expected"),
    [
        ("base", False, [" base "]),
        ("base", True, [" base"]),
        ("미사일", False, [" 미사일"]),
        ("基地", False, ["基地"]),
        ("기지", True, [" 기지"]),
        ("iaea 事務局", False, [" iaea 事務局"]),
        ("n korea", False, [" n korea ", " n  korea "]),
        ("u  s  navy", False, [" u  s  navy ", " u s navy "]),
        ("è", False, [" è "]),
        ("パリ", False, [" パリ "]),
        ("パリ", True, [" パリ"]),
        ("東京 タワー", False, ["東京 タワー "]),
        ("и он", False, [" и он "]),
    ],
)
def test_patterns(text: str, prefix: bool, expected: list[str]) -> None:
    assert [p.decode() for p in patterns(text.encode(), prefix=prefix)] == expected


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("كوريا الشمالية", "أطلقت كوريا الشمالية", True),
        ("كوريا", "وكوريا", True),
        ("كوريا", "لكوريا", True),
        ("صواريخ", "والصواريخ", True),
        ("الصين", "في الصين", True),
        ("الصين", "للصين", True),
        ("الصين", "وبالصين", True),
        ("الصين", "تصين", False),
        ("يد", "بيد", False),
        ("איראן", "ואיראן", True),
        ("איראן", "באיראן", True),
        ("איראן", "איראנים", False),
        ("בן", "לבן", False),
    ],
)
def test_words_written_together_with_the_one_before(term: str, text: str, found: bool) -> None:
    looked_for = patterns(fold(term).data.strip())
    assert any(pattern in fold(text).data for pattern in looked_for) is found


@given(st.lists(texts, min_size=1, max_size=5))
def test_many_fold_as_one_by_one(many: list[str]) -> None:
    assert [text.split() for text in fold_all(many)] == [fold(text).data.split() for text in many]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("C++", "uses C++ daily", True),
        ("C++", "vitamin C is", False),
        ("C++", "C+++", False),
        ("C++", "Ｃ＋＋", True),
        ("AT&T", "said AT&T on", True),
        ("AT&T", "look at T", False),
        (".NET", "the .NET runtime", True),
        (".NET", "example.net", False),
        (".NET", "the net", False),
        ("$TSLA", "buy $TSLA", True),
        ("$TSLA", "TSLA", False),
    ],
)
def test_signs_are_verbatim(term: str, text: str, expected: bool) -> None:
    signs, found = verbatim(term), fold(text)
    assert signs
    start = found.data.index(fold(term).data.strip())
    span = found.span(start, start + len(fold(term).data.strip()))
    assert signs.holds(text, *span) is expected


@pytest.mark.parametrize("term", ["missile base", "Jong-un", "U.S.", "북한", "", "&"])
def test_most_terms_have_no_signs(term: str) -> None:
    assert verbatim(term) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\nb\tc\r\nd", "a b c d"),
        ("a\u202eb\u200bc\x07d\u00ade", "abcde"),
        ("lone\ud800", "lone"),
        ("non\u00a0breaking", "non\u00a0breaking"),
    ],
)
def test_strip_controls(text: str, expected: str) -> None:
    assert strip_controls(text) == expected


def test_folded_keeps_the_text() -> None:
    assert isinstance(fold("x"), Folded)
    assert fold("Ünder").text == "Ünder"
