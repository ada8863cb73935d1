"""Matching: which rules fire, why, and that the index says what reading every rule would say."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Kind, Match, Reason, Rule
from bot.core.rules import UnknownName, canonical, compile_rules, parse, unknown_names
from bot.core.rules.ast import (
    And,
    Attribute,
    Expr,
    Leaf,
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
from bot.core.rules.plan import plan_of, triggers
from bot.core.rules.triggers import can_trigger, rarity
from bot.errors import RuleError
from tests.core.gazetteers import WORLD, actor, place

ENTRY = Entry(
    key="1",
    title="North Korea hides missile bases, CSIS says",
    summary="Sohae is one. Mike Pompeo's visit; C++ and AT&T. Straße, 북한이, 北朝鮮の基地. Missile bases.",
    url="https://www.reuters.com/World/asia-1",
    authors=("Ana Gómez", "B. Lee"),
    tags=("North Korea", "nuclear-weapons"),
    lang="en-GB",
    outlet="Reuters World",
)


def rule(query: str, rule_id: int = 1) -> Rule:
    return Rule(name="r", query=query, channel="#c", id=rule_id, version=3)


def match(query: str, entry: Entry = ENTRY) -> Match | None:
    matches = compile_rules([rule(query)], WORLD).match(entry)
    for reason in (reason for m in matches for reason in m.why):
        if reason.field in {"title", "summary", "url", "lang"}:
            assert str(getattr(entry, reason.field))[reason.start : reason.end] == reason.text
    assert all(found.why for found in matches)
    return matches[0] if matches else None


def whys(query: str, entry: Entry = ENTRY) -> list[tuple[str, str, str]]:
    found = match(query, entry)
    return [(r.field, r.text, r.term) for r in found.why] if found else []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("missile", [("title", "missile", "missile"), ("summary", "Missile", "missile")]),
        ("mis", []),
        ("miss*", [("title", "missile", "miss*"), ("summary", "Missile", "miss*")]),
        ("sile*", []),
        ('"issile bases"', []),
        (
            '"missile base*"',
            [("title", "missile bases", "missile base*"), ("summary", "Missile bases", "missile base*")],
        ),
        ('title:"missile base*"', [("title", "missile bases", 'title:"missile base*"')]),
        ("summary:hides", []),
        ("summary:missile", [("summary", "Missile", "summary:missile")]),
        ('"bases csis"', []),  # a comma stands between
        ('"one mike"', []),
        ("strasse", [("summary", "Straße", "strasse")]),
        ("C++", [("summary", "C++", "C++")]),
        ("at&t", [("summary", "AT&T", "at&t")]),
        ("C#", []),
        ("북한", [("summary", "북한", "북한")]),
        ("북한*", [("summary", "북한이", "북한*")]),
        ("한이", []),
        ("基地", [("summary", "基地", "基地")]),
        ("北朝鮮*", [("summary", "北朝鮮", "北朝鮮*")]),
        ("hides says", [("title", "hides", "hides"), ("title", "says", "says")]),
        ("hides nothing", []),
        ("hides OR nothing", [("title", "hides", "hides")]),
        ("hides -missile", []),
        ("hides -nothing", [("title", "hides", "hides")]),
        ("hides -(says nothing)", [("title", "hides", "hides")]),
        ("hides -(nothing OR -says)", [("title", "hides", "hides"), ("title", "says", "says")]),
        ("hides (says nothing OR csis)", [("title", "hides", "hides"), ("title", "CSIS", "csis")]),
        ("source:reuters", [
            ("source", "Reuters", "source:reuters"),
            ("url", "reuters", "source:reuters"),
        ]),
        ('source:"reuters world"', [("source", "Reuters World", 'source:"reuters world"')]),
        ("source:reuters.com", [("url", "reuters.com", "source:reuters.com")]),
        ("source:reut*", [("source", "Reuters", "source:reut*"), ("url", "reut", "source:reut*")]),
        ("source:yonhap", []),
        ('tag:"north korea"', [("tag", "North Korea", 'tag:"north korea"')]),
        ("tag:nuclear*", [("tag", "nuclear", "tag:nuclear*")]),
        ("tag:asia", []),
        ("author:gomez", [("author", "Gómez", "author:gomez")]),
        ("url:reuters.com/world", [("url", "reuters.com/World", "url:reuters.com/world")]),
        ("url:reuters.com/*", [("url", "reuters.com/", "url:reuters.com/*")]),
        ("url:www.reuters*", [("url", "www.reuters", "url:www.reuters*")]),
        (
            "url:https://www.r*",
            [("url", "https://www.r", 'url:"https://www.r*"')],
        ),
        ("url:world*", []),
        ("csis lang:en", [("title", "CSIS", "csis"), ("lang", "en-GB", "lang:en")]),
        ("csis lang:en-gb", [("title", "CSIS", "csis"), ("lang", "en-GB", "lang:en-gb")]),
        ("csis lang:en-us", []),
        ("csis -lang:ko", [("title", "CSIS", "csis")]),
        ("actor:nobody", []),
        ('actor:"hides missile"', [("title", "hides missile", 'actor:"hides missile"')]),
    ],
)  # fmt: skip
def test_why(query: str, expected: list[tuple[str, str, str]]) -> None:
    assert whys(query) == expected


def test_entities_say_the_way_up() -> None:
    found = match('location:"North Korea" actor:"Mike Pompeo" actor:CSIS')
    assert found == Match(
        rule_id=1,
        rule_version=3,
        why=(
            Reason(
                field="title",
                text="North Korea",
                start=0,
                end=11,
                term='location:"North Korea"',
                entity="loc:KP",
                path=("North Korea",),
            ),
            Reason(
                field="title",
                text="CSIS",
                start=33,
                end=37,
                term="actor:CSIS",
                entity="act:csis",
                path=("Center for Strategic and International Studies",),
            ),
            Reason(
                field="summary",
                text="Sohae",
                start=0,
                end=5,
                term='location:"North Korea"',
                entity="loc:KP/sohae",
                path=("Sohae", "West Coast", "North Korea"),
            ),
            Reason(
                field="summary",
                text="Mike Pompeo",
                start=14,
                end=25,
                term='actor:"Mike Pompeo"',
                entity="act:pompeo",
                path=("Mike Pompeo",),
            ),
        ),
    )


def test_a_place_of_the_same_name_is_said_once() -> None:
    world = Gazetteer(
        [
            place("loc:SG", "Singapore", "country", "Singaporean"),
            place("loc:SG/city", "Singapore", "capital", parent="loc:SG"),
        ]
    )
    matches = compile_rules([rule("location:Singapore")], world).match(
        Entry(key="1", title="The Singapore summit")
    )
    assert matches[0].why[0].path == ("Singapore",)


def test_the_first_users_rules_fire_and_the_others_stay_quiet() -> None:
    fires = ['"missile base*"', "actor:CSIS", 'location:"North Korea"', "location:Sohae"]
    fires += ['actor:"Mike Pompeo"', 'missile location:"North Korea" -football']
    quiet = ["location:Georgia", "bases -missile", 'actor:"Kim Kardashian"', 'actor:"Kim Jong Un"']
    rules = [rule(query, i) for i, query in enumerate([*fires, *quiet], 1)]
    found = compile_rules(reversed(rules), WORLD).match(ENTRY)
    assert [m.rule_id for m in found] == list(range(1, len(fires) + 1))


def test_entities_are_looked_for_only_when_a_rule_needs_them() -> None:
    class Counting(Gazetteer):
        scans = 0

        def mentions_in(self, *fields, **more):  # type: ignore[no-untyped-def]
            self.scans += 1
            return super().mentions_in(*fields, **more)

    world = Counting(WORLD)
    rules = compile_rules([rule('rocketry location:"North Korea"')], world)
    assert rules.match(ENTRY) == ()
    assert world.scans == 0
    assert rules.match(replace(ENTRY, summary="rocketry"))
    assert world.scans == 1
    assert compile_rules([rule('location:"North Korea"')], world).match(ENTRY)
    assert world.scans == 2


def test_entries_with_little_in_them() -> None:
    bare = Entry(key="1", title="", url="nonsense")
    query = "aaa OR source:bbb OR tag:ccc OR author:ddd OR url:eee* OR actor:fff"
    assert match(query, bare) is None
    assert match(query + " OR url:sense", bare) is not None
    assert match("url:x", Entry(key="1", title="x")) is None
    assert compile_rules([], Gazetteer()).match(ENTRY) == ()


def test_a_lone_surrogate_in_an_address_does_no_harm() -> None:
    assert whys("url:b", Entry(key="1", title="", url="http://a\ud800/b")) == [
        ("url", "b", "url:b")
    ]


def test_two_spellings_of_a_term_each_show_their_own() -> None:
    rules = compile_rules([rule("Missile", 1), rule("MISSILE", 2)], WORLD)
    assert [m.why[0].term for m in rules.match(ENTRY)] == ["Missile", "MISSILE"]
    assert dict(rules.rules) == {1: rule("Missile", 1), 2: rule("MISSILE", 2)}


def test_rules_that_cannot_be_compiled() -> None:
    with pytest.raises(RuleError):
        compile_rules([rule("aaa OR")], WORLD)
    with pytest.raises(ValueError, match="two rules with id 1"):
        compile_rules([rule("aaa"), rule("bbb")], WORLD)


def test_unknown_names_come_with_the_nearest_known() -> None:
    expr = parse('actor:"Mike Pompeoo" (location:Sohaee OR actor:"Mike Pompeoo") actor:CSIS')
    assert unknown_names(expr, WORLD) == [
        UnknownName("Mike Pompeoo", "actor", ("Mike Pompeo",)),
        UnknownName("Sohaee", "location", ("Sohae",)),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("missile base", ["missile"]),
        ('"missile base" sentence', ["missile base"]),
        ("mis* location:Sohae", ["location:Sohae"]),
        ('actor:CSIS location:"North Korea"', ["actor:CSIS"]),
        ("source:x missile", ["missile"]),
        ("(aaa OR bbb) ccc", ["ccc"]),
        ("aaa OR (bbbb ccc)", ["aaa", "bbbb"]),
        ("-(-aaa OR bbb) lang:en", ["aaa"]),
        ("-(-aaa -bbb)", ["aaa", "bbb"]),
    ],
)
def test_triggers_are_the_rarest_that_must_occur(query: str, expected: list[str]) -> None:
    expr = parse(query)
    known = list(dict.fromkeys(leaves(expr)))
    plan = plan_of(expr, lambda leaf: known.index(leaf) if isinstance(leaf, Leaf) else 0)
    found = triggers(plan, [rarity(leaf) for leaf in known])
    assert [label(known[number]) for number in found or ()] == expected


# ── properties ────────────────────────────────────────────────────────────────

SMALL = Gazetteer(
    [
        place("loc:KP", "North Korea", "country", "North Korea", "DPRK"),
        place("loc:KP/sohae", "Sohae", "site", "Sohae", parent="loc:KP"),
        place("loc:KR", "South Korea", "country", "South Korea"),
        actor("act:csis", "CSIS", "think-tank"),
        actor("act:un", "Mike Pompeo", "person"),
    ]
)
VOCABULARY = [
    *("missile", "Missiles", "base", "bases", "launch", "test", "café", "C++", "AT&T", "sohae"),
    *(
        "North Korea",
        "DPRK",
        "Sohae",
        "South Korea",
        "CSIS",
        "Mike Pompeo",
        "基地",
        "발사가",
        "the",
    ),
]
LEAVES: list[Leaf] = [
    *(Term(text) for text in ("missile", "base", "missile base", "launch test", "CAFE", "c++")),
    *(Term(text, prefix=True) for text in ("missile", "the missile", "bas")),
    *(Term("test", field="title"), Term("missile base", field="summary"), Term("기지")),
    *(Term(text) for text in ("基地", "발사", "AT&T", "korea")),
    *(Name(Kind.LOCATION, text) for text in ("North Korea", "Sohae", "south korea", "the base")),
    *(Name(Kind.ACTOR, text) for text in ("CSIS", "mike pompeo")),
    *(Attribute("source", text) for text in ("news", "korea times", "base.org")),
    *(Attribute("tag", "test"), Attribute("tag", "mis", prefix=True), Attribute("author", "lee")),
    *(Attribute("url", "org/a"), Attribute("url", "base.org", prefix=True)),
    *(Attribute("lang", "en"), Attribute("lang", "ko")),
    *(Regex("mis+iles?"), Regex("t[e]st", any_case=True, field="title"), Regex(r"C\+\+")),
    *(Term("CSIS", case=True), Term("Missiles", case=True), Term("north", case=True)),
]  # fmt: skip
NAMES_OF = {
    "north korea": ["North Korea", "DPRK", "Sohae"],
    "sohae": ["Sohae"],
    "south korea": ["South Korea"],
    "csis": ["CSIS"],
    "mike pompeo": ["Mike Pompeo"],
}


def plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).replace("\u0301", "").lower()


def says(text: str, words: str, *, prefix: bool = False) -> bool:
    """Look for whole words the slow way."""
    body = "[ -]".join(re.escape(word) for word in re.split("[ -]", plain(words)))
    if re.search("[\u3000-\u9fff]", words):
        return plain(words) in plain(text)
    end = "" if prefix or re.search("[\uac00-\ud7a3]|[\u1100-\u11ff]", plain(words)) else r"(?!\w)"
    return bool(re.search(rf"(?<![^\W\u3000-\u9fff]){body}{end}", plain(text)))


def naive_leaf(leaf: Leaf, entry: Entry) -> bool:
    match leaf:
        case Term(text, _, _, True):
            words = [re.findall(r"\w+", t) for t in (entry.title, entry.summary)]
            return any(text in each for each in words)
        case Term(text, prefix, field):
            fields = [field] if field else ["title", "summary"]
            return any(says(getattr(entry, f), text, prefix=prefix) for f in fields)
        case Name(_, name):
            names = NAMES_OF.get(name.lower())
            texts = (entry.title, entry.summary)
            if names is None:
                return any(says(text, name) for text in texts)
            pattern = rf"(?<!\w)(?:{'|'.join(n.replace(' ', '[ -]') for n in names)})(?!\w)"
            return any(re.search(pattern, text) for text in texts)
        case Attribute():
            return naive_attribute(leaf, entry)
        case Regex(pattern, any_case, field):
            fields = [field] if field else ["title", "summary"]
            flags = re.IGNORECASE if any_case else 0
            return any(re.search(pattern, getattr(entry, f), flags) for f in fields)


def naive_attribute(leaf: Attribute, entry: Entry) -> bool:
    value, url = leaf.value, (entry.url or "").lower()
    match leaf.field:
        case "source":
            texts = (entry.outlet, re.sub(r"^https?://([^/]*).*", r"\1", url))
            return any(says(text.replace(".", " "), value.replace(".", " ")) for text in texts)
        case "tag":
            return any(says(tag, value, prefix=leaf.prefix) for tag in entry.tags)
        case "author":
            return any(says(author, value) for author in entry.authors)
        case "url":
            start = rf"(https?://)?(www\.)?{re.escape(value)}"
            return bool(re.match(start, url)) if leaf.prefix else value in url
        case _:
            return (entry.lang or "").partition("-")[0] == value


def naive(expr: Expr, entry: Entry) -> bool:
    match expr:
        case Not(item):
            return not naive(item, entry)
        case And(items):
            return all(naive(item, entry) for item in items)
        case Or(items):
            return any(naive(item, entry) for item in items)
        case Near():
            return any(naive_places(expr, plain(text)) for text in (entry.title, entry.summary))
        case _:
            return naive_leaf(expr, entry)


def naive_places(expr: Expr, text: str) -> list[tuple[int, int]]:
    """Return the first and last word of every place, by trying all of them."""
    match expr:
        case Term(words, prefix):
            body = "[ -]".join(re.escape(word) for word in re.split("[ -]", plain(words)))
            end = "" if prefix else r"(?!\w)"
            found = re.finditer(rf"(?<!\w)(?={body}{end})", text)
            length = len(re.split("[ -]", words))
            before = [len(re.findall(r"\w+", text[: one.start()])) for one in found]
            return [(start, start + length - 1) for start in before]
        case Or(items):
            return [place for item in items for place in naive_places(item, text)]
        case Near(items, distance, ordered):
            found_all = itertools.product(*(naive_places(item, text) for item in items))
            return [
                (min(some)[0], max(b for _, b in some))
                for some in found_all
                if near(some, distance, ordered=ordered)
            ]
        case _:
            raise AssertionError(expr)


def near(places: Sequence[tuple[int, int]], distance: int, *, ordered: bool) -> bool:
    inorder = sorted(places)
    if ordered and inorder != list(places):
        return False
    between = [after[0] - before[1] - 1 for before, after in itertools.pairwise(inorder)]
    return min(between) >= 0 and sum(between) <= distance


texts = st.lists(
    st.sampled_from(VOCABULARY) | st.sampled_from([" ", ", ", ". ", "-", " "]), max_size=14
).map(lambda parts: " ".join(" ".join(parts).replace(" - ", "-").replace(" , ", ", ").split()))
entries = st.builds(
    Entry,
    key=st.just("1"),
    title=texts,
    summary=texts,
    outlet=st.sampled_from(["", "Korea Times", "News, daily"]),
    url=st.sampled_from(
        [None, "https://www.base.org/a", "http://korea.times/org/a", "https://x.y/"]
    ),
    tags=st.lists(st.sampled_from(["test", "missiles", "a test b"]), max_size=2).map(tuple),
    authors=st.lists(st.sampled_from(["Ana Lee", "Leeds"]), max_size=2).map(tuple),
    lang=st.sampled_from([None, "en", "en-GB", "ko"]),
)
places: list[Expr] = [
    *(Term(text) for text in ("missile", "base", "launch test", "korea", "missile base")),
    *(Term("mis", prefix=True), Or((Term("test"), Term("the")))),
]
simple: st.SearchStrategy[Expr] = st.sampled_from(places)
nears: st.SearchStrategy[Expr] = st.recursive(
    simple,
    lambda inner: st.builds(
        lambda one, other, n, ordered: Near((one, other), n, ordered),
        *(inner, inner, st.integers(0, 6), st.booleans()),
    ),
    max_leaves=3,
)
windows: st.SearchStrategy[Expr] = st.builds(
    lambda words, n: Near(tuple(map(Term, words)), n),
    st.lists(
        st.sampled_from(["missile", "base", "the", "korea"]), min_size=3, max_size=4, unique=True
    ),
    st.integers(0, 6),
)
leaf_exprs: st.SearchStrategy[Expr] = st.sampled_from(LEAVES)
exprs: st.SearchStrategy[Expr] = st.recursive(
    leaf_exprs | nears | windows,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        inner.map(negate),
    ),
    max_leaves=6,
).filter(can_trigger)


@settings(max_examples=200, deadline=None)
@given(st.lists(exprs, min_size=1, max_size=6), st.lists(entries, min_size=1, max_size=3))
def test_the_index_says_what_reading_every_rule_says(rules: list[Expr], news: list[Entry]) -> None:
    compare(rules, news)


@pytest.mark.skipif("CASES" not in os.environ, reason="long: say how many, as CASES=10000")
@settings(max_examples=int(os.environ.get("CASES", "1")), deadline=None)
@given(st.lists(exprs, min_size=1, max_size=6), st.lists(entries, min_size=1, max_size=3))
def test_the_index_says_so_as_often_as_asked(rules: list[Expr], news: list[Entry]) -> None:
    compare(rules, news)


def compare(rules: list[Expr], news: list[Entry]) -> None:
    compiled = compile_rules([rule(canonical(e), i) for i, e in enumerate(rules)], SMALL)
    for entry in news:
        matches = compiled.match(entry)
        assert [m.rule_id for m in matches] == [i for i, e in enumerate(rules) if naive(e, entry)]
        assert compiled.fired(entry) == tuple(m.rule_id for m in matches)
        for m in matches:
            terms = {label(leaf) for leaf in leaves(rules[m.rule_id])}
            assert m.why
            assert len(set(m.why)) == len(m.why)
            assert {reason.term for reason in m.why} <= terms


text_leaves: st.SearchStrategy[Expr] = st.sampled_from(
    [leaf for leaf in LEAVES if isinstance(leaf, Term) and not leaf.case]
)


@settings(max_examples=60, deadline=None)
@given(text_leaves | nears | windows, entries)
def test_case_composition_width_and_white_space_make_no_difference(
    expr: Expr, entry: Entry
) -> None:
    compiled = compile_rules([rule(canonical(expr))], SMALL)
    expected = bool(compiled.match(entry))
    for change in (
        str.upper,
        str.lower,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
        lambda text: text.replace(" ", "\u00a0 \n"),
    ):
        changed = replace(entry, title=change(entry.title), summary=change(entry.summary))
        assert bool(compiled.match(changed)) is expected


@settings(max_examples=30, deadline=None)
@given(st.permutations(LEAVES), entries)
def test_the_order_of_rules_makes_no_difference(order: list[Leaf], entry: Entry) -> None:
    numbered = {leaf: i for i, leaf in enumerate(LEAVES) if can_trigger(leaf)}
    rules = [rule(canonical(leaf), numbered[leaf]) for leaf in order if leaf in numbered]
    assert compile_rules(rules, SMALL).match(entry) == compile_rules(
        sorted(rules, key=lambda r: r.id), SMALL
    ).match(entry)
