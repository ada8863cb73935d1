"""What the writer of a rule is told."""

import pytest

from bot.core.models import Rule
from bot.core.rules import lint, reading
from bot.errors import RuleError
from tests.core.gazetteers import WORLD


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("missile base", None),
        ("missile OR base", None),
        ("missile OR base launch", "missile OR (base launch)"),
        ("missile OR (base launch)", None),
        ("(missile OR base) launch", None),
        ("missile OR base -launch", "missile OR (base -launch)"),
        ("missile AND base OR launch", "(missile base) OR launch"),
        ("missile OR base NEAR/5 launch", None),
        ("location:Sohae OR title:missile -base", "location:Sohae OR (title:missile -base)"),
        ("launch (missile OR base test)", "launch (missile OR (base test))"),
        ('missile OR "base"~x', RuleError),
        ('missile OR "base launch"~5 test', "missile OR (base NEAR/5 launch test)"),
        ("missile OR /ba+se/ test", "missile OR (/ba+se/ test)"),
        (
            '"ballistic missile" OR launch* AND actor:"Kim Jong Un" -soccer',
            '"ballistic missile" OR (launch* actor:"Kim Jong Un" -soccer)',
        ),
    ],
)
def test_a_mixed_rule_is_answered_with_its_reading(
    query: str, expected: str | type[RuleError] | None
) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            reading(query)
        return
    assert reading(query) == expected
    if expected:
        assert reading(expected) is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("missile", []),
        ("“missile base”", ['typed: I read “ as ", ” as ".']),
        ("missile\u200b –base2", ["typed: I left out"]),
        ("missile\u00a0base2", []),
        ("missile or rocket", ["operator: I look for the word `or`; as an operator it is written OR"]),
        ("missile OR rocket test", ["reading: AND binds tighter"]),
        ("xy test*", ["short: `xy` is very short"]),
        ("case:xy", []),
        ("北 미사일 로", []),
        ("mis* rocketry", ["stem: `mis*` stands for"]),
        ("미사*", []),
        ("said", ["common: `said` is in a great part"]),
        ('rocketry OR "the police" OR year -missile', ["reading", 'common: `"the police"`', "common: `year`"]),
        ("police rocketry", []),
        ("poli*", []),
        ("case:Police", []),
        ("US", ["case: `US` is found in capitals only; `us` finds both"]),
        ("missile NEAR/26 base", ["far: 26 words are more"]),
        ("missile -(base NEAR/30 rocketry)", ["far: 30 words"]),
        ("missile NEAR/25 base", []),
        ("missile -missile", ["shadow: -missile excludes all that missile finds"]),
        ('"missile base" -base', ['shadow: -base excludes all that "missile base" finds']),
        ('"missile base" -mis*', ["stem", "shadow"][1:]),
        ('"missile base*" -base', []),
        ('"missile base*" -base*', ["shadow: -base*"]),
        ("title:missile -missile", ["shadow: -missile excludes all that title:missile"]),
        ("missile -title:missile", []),
        ("missile -case:Missile", []),
        ("(missile OR base) -missile", []),
        ("(missile OR base) -(missile OR base)", ["shadow: -missile -base"]),
        ("(missile OR missiles) -missil*", ["shadow: -missil*"]),
        ("rocketry OR (missile -missile)", ["shadow: -missile"]),
        ("rocketry (test OR (missile -missile))", ["shadow: -missile"]),
        ("missile -(base rocketry)", []),
        ('location:Sohae -location:"North Korea"', ['shadow: -location:"North Korea"']),
        ('location:"North Korea" -location:Sohae', []),
        ("location:Sohae -missile", []),
        ("actor:Sohaee", ["unknown: I don't know the actor `Sohaee` and look for these very words. Check"]),
        ("location:Sohaee", ["unknown: I don't know the location `Sohaee` and look for these very words. Did you mean Sohae?"]),
        ("location:Georgia", ["several: `Georgia` may be several; I take it for Georgia (country)"]),
        ("source:x missile", []),
    ],
)  # fmt: skip
def test_findings(query: str, expected: list[str]) -> None:
    found = [f"{finding.code}: {finding.message}" for finding in lint(query, WORLD)]
    assert len(found) == len(expected), found
    for said, start in zip(found, expected, strict=True):
        assert said.startswith(start)


def test_a_rule_is_taken_as_well_as_its_query() -> None:
    rule = Rule(name="r", query="missile -missile", channel="#c")
    assert lint(rule, WORLD) == lint(rule.query, WORLD) != []
