"""The rule language: what is read, how it is spelled back, and where errors point."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Form, Kind
from bot.core.rules import canonical, form_of, from_form, language, parse, plain_input
from bot.core.rules.ast import (
    And,
    Attribute,
    Expr,
    Name,
    Near,
    Not,
    Or,
    Regex,
    Term,
    all_of,
    any_of,
    label,
    leaves,
    negate,
)
from bot.core.rules.triggers import can_trigger
from bot.errors import RuleError

A, B, C, D = (Term(letter * 3) for letter in "abcd")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("aaa", A),
        ("aaa bbb", And((A, B))),
        ("aaa AND bbb", And((A, B))),
        ("aaa OR bbb", Or((A, B))),
        ("aaa OR bbb ccc", Or((A, And((B, C))))),
        ("aaa bbb OR ccc AND NOT ddd", Or((And((A, B)), And((C, Not(D)))))),
        ("(aaa OR bbb) ccc", And((Or((A, B)), C))),
        ("aaa -bbb", And((A, Not(B)))),
        ("aaa NOT bbb", And((A, Not(B)))),
        ("aaa --bbb", And((A, Not(B)))),
        ("aaa -(bbb OR ccc)", And((A, Not(Or((B, C)))))),
        ("aaa NOT NOT bbb", And((A, B))),
        ("((aaa)) aaa", A),
        ('"aaa"bbb', And((A, B))),
        ("aaa NEAR/5 bbb", Near((A, B), 5)),
        ("aaa ONEAR/0 bbb", Near((A, B), 0, ordered=True)),
        ("aaa bbb NEAR/5 ccc OR ddd", Or((And((A, Near((B, C), 5))), D))),
        ("aaa NEAR/5 bbb NEAR/3 ccc", Near((Near((A, B), 5), C), 3)),
        ("aaa NEAR/5 (bbb OR ccc)", Near((A, Or((B, C))), 5)),
        ("aaa -(bbb NEAR/5 ccc)", And((A, Not(Near((B, C), 5))))),
        ('"aaa bbb"~5', Near((A, B), 5)),
        ('"aaa bbb  ccc*"~5 ddd', And((Near((A, B, Term("ccc", prefix=True)), 5), D))),
        (
            'title:"aaa bbb ccc"~2',
            Near(tuple(Term(x * 3, field="title") for x in "abc"), 2),
        ),
        (
            "title:(aaa NEAR/5 bbb)",
            Near((Term("aaa", field="title"), Term("bbb", field="title")), 5),
        ),
        ("actor:(aaa NEAR/5 bbb)", Near((Name(Kind.ACTOR, "aaa"), Name(Kind.ACTOR, "bbb")), 5)),
        (
            "source:(aaa -(bbb OR ccc))",
            And(
                (
                    Attribute("source", "aaa"),
                    Not(Or((Attribute("source", "bbb"), Attribute("source", "ccc")))),
                )
            ),
        ),
        ("case:US", Term("US", case=True)),
        ('case:"Key Resolve"', Term("Key Resolve", case=True)),
        ('case:"aaa bbb"~5', Near((Term("aaa", case=True), Term("bbb", case=True)), 5)),
        ("case:(aaa OR bbb*)", Or((Term("aaa", case=True), Term("bbb", prefix=True, case=True)))),
        ("title:(case:aaa)", Term("aaa", field="title", case=True)),
        ("aaa /b+c d(e|f)/i", And((A, Regex("b+c d(e|f)", any_case=True)))),
        (r'aaa /x\/"y/', And((A, Regex(r'x\/"y')))),
        ("aaa title:/b+c/", And((A, Regex("b+c", field="title")))),
        ("aaa title:(/b+c/)", And((A, Regex("b+c", field="title")))),
        ("url:/world/", Attribute("url", "/world/")),
        ("a/b /c", And((Term("a/b"), Term("/c")))),
        ("and or not near", And((Term("and"), Term("or"), Term("not"), Term("near")))),
        ("NEARBY ORANGE", And((Term("NEARBY"), Term("ORANGE")))),
        ('"missile base*"', Term("missile base", prefix=True)),
        ("landmine*", Term("landmine", prefix=True)),
        ("북한* 朝鮮*", And((Term("북한", prefix=True), Term("朝鮮", prefix=True)))),
        ("Jong-un AT&T 12:30", And((Term("Jong-un"), Term("AT&T"), Term("12:30")))),
        ("title:aaa", Term("aaa", field="title")),
        ('Summary:"aaa bbb"', Term("aaa bbb", field="summary")),
        ('actor:"Kim Jong Un"', Name(Kind.ACTOR, "Kim Jong Un")),
        ("location: Sohae", Name(Kind.LOCATION, "Sohae")),
        ("source:yonhap", Attribute("source", "yonhap")),
        ("source:yon*", Attribute("source", "yon", prefix=True)),
        (
            'source:yonhap, "38 North"',
            Or((Attribute("source", "yonhap"), Attribute("source", "38 North"))),
        ),
        ("aaa lang:EN", And((A, Attribute("lang", "en")))),
        ("url:https://x.org/a*", Attribute("url", "https://x.org/a", prefix=True)),
        ("title:(aaa OR bbb)", Or((Term("aaa", field="title"), Term("bbb", field="title")))),
        (
            "title:(aaa -bbb*)",
            And((Term("aaa", field="title"), Not(Term("bbb", prefix=True, field="title")))),
        ),
        ("actor:(aaa OR bbb)", Or((Name(Kind.ACTOR, "aaa"), Name(Kind.ACTOR, "bbb")))),
        ("tag:(aaa OR b*)", None),
        ("tag:(aaa OR bbb*)", Or((Attribute("tag", "aaa"), Attribute("tag", "bbb", prefix=True)))),
        ("url:(x.org*)", Attribute("url", "x.org", prefix=True)),
        ("“aaa bbb” –ccc aaa", And((Term("aaa bbb"), Not(C), A))),
        ("aaa\u00a0bbb\u200b", And((A, B))),
        ("a–b (ccc)", And((Term("a-b"), C))),
    ],
)
def test_reading(query: str, expected: Expr | None) -> None:
    if expected is None:
        with pytest.raises(RuleError):
            parse(query)
    else:
        assert parse(query) == expected


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("", 0, "empty"),
        ("  \u200b ", 0, "empty"),
        ("aaa OR", 4, "OR needs a word after it"),
        ("OR aaa", 0, "OR needs a word before it"),
        ("aaa AND OR bbb", 8, "OR needs a word before it"),
        ("aaa (bbb NOT)", 9, "NOT needs a word after it"),
        ("aaa -", 4, "needs a word right after it"),
        ("aaa ()", 4, "empty brackets"),
        ("(aaa", 0, "missing closing bracket"),
        ("aaa)", 3, "closing bracket without"),
        ('aaa "bbb', 4, "missing closing quote"),
        ('location:"North', 9, "missing closing quote"),
        ("aaa “bbb", 4, "missing closing quote"),
        ('aaa ""', 5, "an empty phrase"),
        ("aaa &", 4, "no letters or digits"),
        ("aaa, bbb", 3, "a comma stands only between"),
        (",aaa bbb", 0, "a comma stands only between"),
        ("aa*", 0, "at least 3 letters"),
        ('"missile ba*"', 1, "at least 3 letters"),
        ("*base", 0, "right after the last word"),
        ("mi*sile", 2, "right after the last word"),
        ('"base *"', 6, "right after the last word"),
        ("aaa *", 4, "right after the last word"),
        ("location:Kor*", 12, "takes a name"),
        ("aaa NEAR bbb", 4, "give the distance in words"),
        ("aaa ONEAR/x bbb", 4, "give the distance in words"),
        ("aaa NEAR/101 bbb", 4, "at most 100 words apart"),
        ("NEAR/5 aaa", 0, "NEAR/5 needs a word before it"),
        ("aaa NEAR/5", 4, "NEAR/5 needs a word or a phrase after it"),
        ("aaa NEAR/5 OR bbb", 11, "OR needs a word before it"),
        ("aaa (bbb NEAR/5)", 9, "NEAR/5 needs a word or a phrase after it"),
        ("-aaa NEAR/5 bbb", 5, "NEAR/5 stands between words"),
        ("aaa NEAR/5 (bbb ccc)", 4, "NEAR/5 stands between words"),
        ("aaa NEAR/5 source:bbb", 4, "NEAR/5 stands between words"),
        ("aaa NEAR/5 (bbb OR /x+y/)", 4, "NEAR/5 stands between words"),
        ("source:(aaa NEAR/5 bbb)", 0, "source: takes no distance"),
        ('aaa "bbb ccc"~', 13, "give the distance in words"),
        ('aaa "bbb ccc"~x', 13, "give the distance in words"),
        ('aaa "bbb"~5', 4, '"bbb" needs two words'),
        ('actor:"bbb ccc"~5', 6, "actor: takes no distance"),
        ("aaa /re(g/i", 4, "/re(g/ can't be read (RE2)"),
        ("aaa /x(?=y)/", 4, "can't be read (RE2)"),
        ("aaa /x*/", 4, "matches every text"),
        (f"aaa /{'x' * 501}/", 4, "at most 500 characters"),
        ("/reg.ex/i", 0, "fire on almost everything"),
        ("aaa OR /reg.ex/i", 0, "fire on almost everything"),
        ("-(aaa NEAR/5 bbb)", 0, "fire on almost everything"),
        ("case:", 0, "case: needs a value"),
        ("case:(title:aaa)", 0, "no other field"),
        ("source:(case:aaa)", 0, "no other field"),
        ("case:(/x+y/ aaa)", 0, "no other field"),
        ("aaa locaton:bbb", 4, "did you mean location:?"),
        ("xyzzy:bbb", 0, "there are actor, location"),
        ("https://x.org", 0, "write url: before it"),
        ("aaa title:", 4, "title: needs a value"),
        ("title:,aaa", 0, "title: needs a value"),
        ("source:aaa,", 10, "a value is missing"),
        ("title:(actor:aaa)", 0, "no other field"),
        ("title:(summary:aaa)", 0, "no other field"),
        ("aaa lang:english", 9, "language code"),
        ("url:*", 4, "right after the last word"),
        ('url:""', 5, "a part of an address"),
        ("(" * 51 + "aaa" + ")" * 51, 50, "more than 50 brackets"),
        ("-aaa", 0, "fire on almost everything"),
        ("lang:en", 0, "fire on almost everything"),
        ("aaa OR -bbb", 0, "fire on almost everything"),
        ("aaa OR lang:en", 0, "fire on almost everything"),
        ("aaa :)", 5, "closing bracket without"),
    ],
)
def test_errors_point_at_the_character(query: str, position: int, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(query)
    assert message in caught.value.message
    assert (caught.value.position, caught.value.query) == (position, query)


def test_positions_count_what_was_typed() -> None:
    with pytest.raises(RuleError) as caught:
        parse("\u200b\u200baaa OR")
    assert caught.value.position == 6


@pytest.mark.parametrize(
    ("query", "spelled"),
    [
        ("aaa AND bbb", "aaa bbb"),
        ("aaa OR bbb ccc", "aaa OR (bbb ccc)"),
        ("(aaa OR bbb) ccc", "(aaa OR bbb) ccc"),
        ("aaa NOT (bbb OR ccc)", "aaa -(bbb OR ccc)"),
        ("aaa NOT (bbb ccc)", "aaa -(bbb ccc)"),
        ("source:b OR source:a", "source:b,a"),
        ('source:(a) OR source:"b c" OR ddd', 'source:a OR source:"b c" OR ddd'),
        ("aaa -(source:b OR source:c)", "aaa -source:b,c"),
        ('"missile  base*"', '"missile base*"'),
        ('"OR" "aaa" "-x"', '"OR" aaa "-x"'),
        ('location:"Moscow, Russia"', 'location:"Moscow, Russia"'),
        ('title:"aaa,b"', 'title:"aaa,b"'),
        ("O’Brien", "O'Brien"),
        ('"aaa bbb"~5', "aaa NEAR/5 bbb"),
        ('case:"aaa bbb ccc*"~5', 'case:"aaa bbb ccc*"~5'),
        ("title:(case:aaa OR case:bbb)", "title:(case:aaa) OR title:(case:bbb)"),
        ("aaa ONEAR/5 (bbb OR ccc)", "aaa ONEAR/5 (bbb OR ccc)"),
        ("aaa NEAR/5 (bbb NEAR/5 ccc)", "aaa NEAR/5 (bbb NEAR/5 ccc)"),
        ("aaa NEAR/5 title:b,c", "aaa NEAR/5 title:b,c"),
        ("case:US,WHO", "case:US,WHO"),
        ("aaa (/b+/ OR /c+/i)", "aaa (/b+/ OR /c+/i)"),
        ("aaa title:(/b+/ OR ccc)", "aaa (title:/b+/ OR title:ccc)"),
    ],
)
def test_spelling(query: str, spelled: str) -> None:
    assert canonical(parse(query)) == spelled


words = st.sampled_from(
    [
        *(
            "missile",
            "base",
            "Jong-un",
            "AT&T",
            "OR",
            "NOT",
            "NEAR/5",
            "12:30",
            "북한",
            "京都",
            "-x",
        ),
        *("a,b", "two words", "/x/", "it's", "C++", "x~2", "AND", "U.S.", "title:x", "(x)", "ÉTÉ"),
    ]
)
stars = st.sampled_from(["missile", "two words", "북한군"])
terms = st.builds(
    Term, words, field=st.sampled_from(["", "title", "summary"]), case=st.booleans()
) | st.builds(Term, stars, prefix=st.just(value=True), field=st.sampled_from(["", "title"]))
attributes = st.builds(Attribute, st.sampled_from(["source", "tag", "author", "url"]), words)
names = st.builds(Name, st.sampled_from(list(Kind)), words)
placed: st.SearchStrategy[Expr] = (
    terms | names | st.lists(terms | names, min_size=1, max_size=3).map(any_of)
)
nears: st.SearchStrategy[Expr] = st.recursive(
    st.builds(lambda one, other, n: Near((one, other), n), placed, placed, st.integers(0, 100)),
    lambda inner: st.builds(
        lambda one, other, n: Near((one, other), n, ordered=True),
        *(inner | placed, inner | placed, st.integers(0, 100)),
    ),
    max_leaves=3,
)
windows: st.SearchStrategy[Expr] = st.builds(
    lambda words, field, case, n: Near(tuple(Term(word, False, field, case) for word in words), n),
    st.lists(st.sampled_from(["missile", "Jong-un", "AT&T", "북한"]), min_size=3, max_size=4),
    *(st.sampled_from(["", "title"]), st.booleans(), st.integers(0, 100)),
)
expressions: st.SearchStrategy[Expr] = st.builds(
    Regex,
    st.sampled_from(["a+b", r"x\/y", "a b|c", '(q")']),
    st.booleans(),
    st.sampled_from(["", "title"]),
)
exprs: st.SearchStrategy[Expr] = st.recursive(
    terms | names | attributes | st.just(Attribute("lang", "ko")) | nears | windows | expressions,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(negate),
    ),
    max_leaves=8,
)


@given(exprs.filter(can_trigger))
def test_the_canonical_form_reads_back_to_the_same_rule(expr: Expr) -> None:
    assert parse(canonical(expr)) == expr


@given(st.text('ab"()*-:, ORNAD/~&|<>title\u200b“', max_size=25))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    expr = None
    with suppress(RuleError):
        expr = parse(text)
    if expr is None:
        with pytest.raises(RuleError) as caught:
            parse(text)
        assert caught.value.position is not None
        assert 0 <= caught.value.position <= len(text)
    else:
        assert parse(canonical(expr)) == expr


@given(
    st.lists(
        st.sampled_from(
            [
                "OR",
                "AND",
                "NOT",
                "-",
                "aaa",
                "-bbb",
                '"cc d"',
                '-"e f"',
                '"&"',
                '""',
                "US",
                "NEAR",
                '"AND"',
            ]
        ),
        min_size=1,
        max_size=7,
    )
)
def test_what_is_read_the_easy_way_is_what_the_grammar_says(words: list[str]) -> None:
    plain = " ".join(words)
    easy = language._easy(plain)
    if easy:
        assert easy == language._parser().parse(plain)


def test_the_easy_way_reads_most_rules() -> None:
    assert language._easy('aaa "b c" -ddd') == And((A, Term("b c"), Not(D)))
    assert language._easy('aaa OR "b c"') == Or((A, Term("b c")))


def test_labels_are_what_people_read() -> None:
    expr = parse('"missile base*" title:"a b" location:"North Korea" source:x case:US')
    assert [label(leaf) for leaf in leaves(expr)] == [
        "missile base*",
        'title:"a b"',
        'location:"North Korea"',
        "source:x",
        "case:US",
    ]
    assert [label(leaf) for leaf in leaves(parse("aaa -bbb"))] == ["aaa", "bbb"]


# ── what Slack and people type ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &amp; b &lt;c&gt; &amp;lt;", "a & b <c> &lt;"),
        ("source:<https://www.38north.org|www.38north.org>", "source:www.38north.org"),
        ("url:<https://x.org/a?b=1&amp;c=2>", "url:https://x.org/a?b=1&c=2"),
        ("<https://x.org|click here>", "https://x.org"),
        ("<mailto:a@x.org|a@x.org> <mailto:b@x.org>", "a@x.org b@x.org"),
        ("in <#C123|alerts> <#C9> by <@U1> <@U2|ana> <!here>", "in #alerts #C9 by @U1 @ana @here"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_plain_input(sent: str, typed: str) -> None:
    assert plain_input(sent) == typed


# ── forms ─────────────────────────────────────────────────────────────────────

FORMS = [
    (Form(keywords=("missile base*",)), "", '"missile base*"'),
    (Form(keywords=('"Key Resolve"', "Foal Eagle")), "", '"Key Resolve" OR "Foal Eagle"'),
    (Form(keywords=("“Key Resolve”", "'x y'", " ")), "", '"Key Resolve" OR "x y"'),
    (Form(keywords=("base",), exclude=("-missile", "op ed")), "", 'base -missile -"op ed"'),
    (Form(exclude=("x",)), "aaa OR bbb", "(aaa OR bbb) -x"),
    (
        Form(keywords=("aaa", "bbb"), actors=("Kim Jong Un",), locations=("Seoul", "Busan")),
        "lang:ko",
        '(aaa OR bbb) actor:"Kim Jong Un" location:Seoul,Busan lang:ko',
    ),
    (Form(keywords=('say "no" now', "OR", "(x OR y)")), "", None),
]


@pytest.mark.parametrize(("form", "query", "spelled"), FORMS[:-1])
def test_forms(form: Form, query: str, spelled: str) -> None:
    assert canonical(from_form(form, query)) == spelled


def test_keywords_are_phrases_whatever_they_look_like() -> None:
    expr = from_form(FORMS[-1][0])
    assert parse(canonical(expr)) == expr
    assert expr == Or((Term("say no now"), Term("OR"), Term("(x OR y)")))


@pytest.mark.parametrize(
    ("form", "query", "message", "position"),
    [
        (Form(), " ", "the rule is empty", None),
        (Form(keywords=(" ",)), "", "the rule is empty", None),
        (Form(exclude=("x",)), "", "fire on almost everything", None),
        (Form(exclude=("x",)), "lang:en", "fire on almost everything", None),
        (Form(keywords=("ok", "x*")), "", "keywords: `x*` is too short", 0),
        (Form(actors=('"Kim*"',)), "", "actors: actor: takes a name", 4),
        (Form(exclude=("&",)), "", "exclude: `&` has no letters", 0),
        (Form(keywords=("ok",)), "aaa OR", "OR needs a word after it", 4),
    ],
)
def test_form_errors(form: Form, query: str, message: str, position: int | None) -> None:
    with pytest.raises(RuleError) as caught:
        from_form(form, query)
    assert message in caught.value.message
    assert caught.value.position == position


@pytest.mark.parametrize(
    "form",
    [
        Form(keywords=("missile base*", "AT&T"), exclude=("football",)),
        Form(actors=("Kim Jong Un", "CSIS"), locations=("North Korea",)),
        Form(
            keywords=("x",),
            actors=("y",),
            locations=("z", "w"),
            exclude=("a bc", "d"),
        ),
    ],
)
def test_forms_come_back_from_rules(form: Form) -> None:
    assert form_of(from_form(form)) == form
    assert form_of(parse(canonical(from_form(form)))) == form


@pytest.mark.parametrize(
    "query",
    [
        "aaa bbb",
        "aaa source:x",
        "title:aaa",
        "aaa OR actor:x",
        "aaa OR (bbb ccc)",
        "aaa -actor:x",
        "actor:a actor:b",
        "-(aaa OR bbb) ccc",
        "actor:x aaa",
    ],
)
def test_rules_that_no_form_says(query: str) -> None:
    assert form_of(parse(query)) is None


def test_a_rule_of_exclusions_only_has_no_form() -> None:
    assert form_of(Not(A)) is None
