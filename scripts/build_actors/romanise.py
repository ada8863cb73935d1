"""Spelling families of names: Korean romanisations, Russian cases and Latin spellings of Cyrillic.

Variants are enumerated, never guessed at match time: no similarity threshold tells
Kim Jong Un from Kim Jong Il, while a list of real spellings does.
"""

from __future__ import annotations

import itertools

# ── Korean ────────────────────────────────────────────────────────────────────

_HANGUL_BASE = 0xAC00
_HANGUL_LAST = 0xD7A3
_ONSET_RR = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_ONSET_MR = "k kk n t tt r m p pp s ss  ch tch ch k t p h".split(" ")
_ONSET_NORTH = "k kk n t tt r m p pp s ss  j jj ch k t p h".split(" ")
_VOWEL_RR = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(" ")
_VOWEL_SHORT = "a ae ya yae o e yo ye o wa wae oe yo u wo we wi yu u ui i".split(" ")
_CODA = " k k k n n n t l l l l l l l l m p p t t ng t t k t p t".split(" ")

_FAMILY_NAMES = {
    "김": "kim gim",
    "이": "lee yi",
    "리": "ri lee",
    "박": "park pak bak",
    "최": "choi choe",
    "정": "jeong jung chung chong jong",
    "강": "kang gang",
    "조": "cho jo",
    "윤": "yoon yun",
    "장": "jang chang",
    "임": "lim im rim",
    "림": "rim lim",
    "한": "han",
    "오": "oh o",
    "서": "seo suh so",
    "신": "shin sin",
    "권": "kwon gwon",
    "황": "hwang",
    "안": "ahn an",
    "송": "song",
    "류": "ryu yoo yu",
    "유": "yoo yu you",
    "문": "moon mun",
    "노": "roh noh no",
    "반": "ban pan",
    "우": "woo u",
    "주": "joo ju chu",
    "현": "hyon hyun",
    "심": "shim sim",
    "허": "ho heo huh",
    "홍": "hong",
    "전": "jeon chun jon",
    "추": "choo chu",
    "위": "wi",
    "태": "tae thae",
    "나": "na",
    "진": "jin",
    "곽": "kwak",
    "고": "ko koh go",
    "배": "bae",
    "백": "baek paek",
    "변": "byun pyon",
    "석": "seok",
    "성": "sung song",
    "손": "son",
    "양": "yang",
    "여": "yeo",
    "원": "won",
    "용": "yong",
    "지": "ji",
    "채": "chae",
    "천": "chun",
    "함": "ham",
    "맹": "maeng",
}
_POPULAR = {
    "정": "jung chung jong",
    "은": "eun un oon",
    "영": "young yong",
    "철": "chul chol",
    "성": "sung song",
    "현": "hyun hyon",
    "훈": "hoon hun",
    "수": "soo su",
    "준": "joon jun",
    "우": "woo u",
    "운": "woon un",
    "순": "soon sun",
    "희": "hee hui",
    "선": "sun son",
    "숙": "sook suk",
    "국": "kook guk",
    "경": "kyung kyong",
    "형": "hyung",
    "병": "byung pyong",
    "명": "myung myong",
    "일": "il",
    "균": "kyun gyun",
    "규": "kyu gyu",
    "근": "keun geun kun",
    "열": "yeol yul",
    "석": "suk seok sok",
    "식": "sik shik",
    "호": "ho",
    "혜": "hye",
    "주": "ju joo",
    "재": "jae",
    "인": "in",
    "태": "tae",
    "미": "mi",
}


def _plain_spellings(syllable: str) -> list[str]:
    index = ord(syllable) - _HANGUL_BASE
    onset, vowel, coda = index // 588, index % 588 // 28, index % 28
    return [
        _ONSET_RR[onset] + _VOWEL_RR[vowel] + _CODA[coda],
        _ONSET_NORTH[onset] + _VOWEL_SHORT[vowel] + _CODA[coda],
        _ONSET_MR[onset] + _VOWEL_SHORT[vowel] + _CODA[coda],
    ]


def _given_spellings(syllable: str) -> list[str]:
    return list(dict.fromkeys(_plain_spellings(syllable) + _POPULAR.get(syllable, "").split()))


def _is_hangul(text: str) -> bool:
    return bool(text) and all(_HANGUL_BASE <= ord(char) <= _HANGUL_LAST for char in text)


def korean(hangul: str) -> list[str]:
    """The Latin spellings of a Korean name of one family syllable and one or two given ones.

    The given syllables appear spaced and joined (a hyphen equals a space to the matcher).

    Raises:
        ValueError: the name is not two to three Hangul syllables with a known family name.
    """
    if not (_is_hangul(hangul) and 2 <= len(hangul) <= 3 and hangul[0] in _FAMILY_NAMES):
        raise ValueError(f"not a Korean name this table knows: {hangul!r}")
    family = _FAMILY_NAMES[hangul[0]].split()
    given = [_given_spellings(syllable) for syllable in hangul[1:]]
    joints = (" ", "") if len(given) > 1 else (" ",)
    return [
        f"{first} {joint.join(rest)}".title()
        for first, *rest in itertools.product(family, *given)
        for joint in joints
    ]


# ── Russian cases ─────────────────────────────────────────────────────────────

# ending → accusative, genitive, dative, instrumental, prepositional
_Cases = tuple[str, str, str, str, str]
_ANY: tuple[tuple[str, _Cases], ...] = (
    ("ский", ("ского", "ского", "скому", "ским", "ском")),
    ("цкий", ("цкого", "цкого", "цкому", "цким", "цком")),
    ("ий", ("ия", "ия", "ию", "ием", "ии")),
    ("ый", ("ого", "ого", "ому", "ым", "ом")),
    ("ой", ("ого", "ого", "ому", "ым", "ом")),
    ("й", ("я", "я", "ю", "ем", "е")),
    ("ия", ("ию", "ии", "ии", "ией", "ии")),
    ("ь", ("я", "я", "ю", "ем", "е")),
    ("а", ("у", "ы", "е", "ой", "е")),
    ("я", ("ю", "и", "е", "ей", "е")),
)
_FAMILY: tuple[tuple[str, _Cases], ...] = (
    ("ова", ("ову", "овой", "овой", "овой", "овой")),
    ("ева", ("еву", "евой", "евой", "евой", "евой")),
    ("ина", ("ину", "иной", "иной", "иной", "иной")),
    ("ов", ("ова", "ова", "ову", "овым", "ове")),
    ("ев", ("ева", "ева", "еву", "евым", "еве")),
    ("ёв", ("ёва", "ёва", "ёву", "ёвым", "ёве")),
    ("ин", ("ина", "ина", "ину", "иным", "ине")),
    ("ын", ("ына", "ына", "ыну", "ыным", "ыне")),
)
_PARTICLES = frozenset("фон дер ден де да аль ас аш ад ан ибн бин бен".split())
_AFTER_CONSONANT: _Cases = ("а", "а", "у", "ом", "е")
_AFTER_HUSHED: _Cases = ("а", "а", "у", "ем", "е")


def _consonant_cases(word: str) -> list[str]:
    if word.endswith(tuple("чшщжц")):
        return [word + form for form in _AFTER_HUSHED]
    if word.endswith(tuple("бвгдзклмнпрстфх")):
        return [word + form for form in _AFTER_CONSONANT]
    return [word] * len(_AFTER_CONSONANT)


def _word_cases(word: str, *, last: bool, female: bool, foreign: bool) -> list[str]:
    for ending, forms in (_FAMILY if last and not foreign else ()) + _ANY:
        if word.endswith(ending) and word not in _PARTICLES:
            return [word[: -len(ending)] + form for form in forms]
    if (last and female) or word in _PARTICLES:
        return [word] * len(_AFTER_CONSONANT)
    return _consonant_cases(word)


def russian_cases(name: str, *, only_last: bool = False) -> list[str]:
    """Decline a person's name in Russian: Сергея Лаврова, Сергею Лаврову and so on.

    A word that does not decline (Трюдо, Урсулы фон дер Ляйен) stays as it is; Korean, Chinese
    and Vietnamese names decline in their last word alone (`only_last`), as no Russian surname:
    с Си Цзиньпином.
    """
    words = name.split()
    female = len(words) > 1 and words[0].endswith(("а", "я")) and words[0] != "Никита"
    columns = [
        _word_cases(word, last=last, female=female, foreign=only_last)
        if last or not only_last
        else [word] * 5
        for word, last in zip(words, [False] * (len(words) - 1) + [True], strict=True)
    ]
    forms = dict.fromkeys(" ".join(case) for case in zip(*columns, strict=True))
    return [form for form in forms if form != name]


# ── Cyrillic in Latin letters ─────────────────────────────────────────────────

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ENGLISH = "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" ")
_GERMAN = "a b w g d e jo sch s i j k l m n o p r s t u f ch z tsch sch schtsch  y  e ju ja".split(
    " "
)
_FRENCH = "a b v g d e io j z i i k l m n o p r s t ou f kh ts tch ch chtch  y  e iou ia".split(" ")
_SPANISH = "a b v g d e io zh z i i k l m n o p r s t u f j ts ch sh shch  i  e iu ia".split(" ")


def _table(letters: list[str]) -> dict[int, str]:
    pairs = zip(_CYRILLIC, letters, strict=True)
    return str.maketrans(
        {c: latin for char, latin in pairs for c, latin in ((char, latin), (char.upper(), latin))}
    )


_TO_ENGLISH, _TO_GERMAN = _table(_ENGLISH), _table(_GERMAN)
_TO_FRENCH, _TO_SPANISH = _table(_FRENCH), _table(_SPANISH)


def _french_word(word: str) -> str:
    soft = word.replace("ге", "гуе").replace("ги", "гуи") if len(word) > 2 else word
    latin = soft.translate(_TO_FRENCH).replace("goue", "gue").replace("goui", "gui")
    latin = latin.replace("ii", "i")
    return latin + "e" if word.endswith(("ин", "ын")) else latin


def cyrillic_in_latin(name: str) -> list[str]:
    """How English, German, French and Spanish newspapers write a Russian or Ukrainian name."""
    plain = name.lower()
    ending = plain.replace("ий", "и").replace("ый", "ы")
    words = plain.split()
    spellings = [
        ending.translate(_TO_ENGLISH).replace("i ", "y ") if "ий " in plain else "",
        ending.replace("й", "и").translate(_TO_ENGLISH),
        plain.replace("ий", "й").replace("ый", "й").translate(_TO_ENGLISH),
        ending.replace("й", "и").translate(_TO_GERMAN),
        plain.translate(_TO_GERMAN),
        " ".join(map(_french_word, words)),
        plain.translate(_TO_SPANISH).replace("ii", "i").replace("gei", "guei"),
    ]
    return list(dict.fromkeys(spelling.title() for spelling in spellings if spelling))
