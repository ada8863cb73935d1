"""The distinct leaves of many rules, numbered, and what finds each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from bot.core.entities import Gazetteer
from bot.core.models import Reason
from bot.core.rules.ast import Leaf, Name, Near, Term
from bot.core.rules.finders import Finder, Names, Words, finder_of, plain_pattern, plain_reasons
from bot.core.rules.near import Nearby
from bot.core.rules.plan import NEAR, OR, Plan, contributors
from bot.core.rules.scene import Scene


class Needles:
    """Leaves by number, in the order they came."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._leaves: list[Leaf | Near] = []
        self._known: dict[Leaf | Near, int] = {}
        self.uses: Counter[int] = Counter()  #: how often each was asked for
        #: What finds each, made when first needed: bytes if all it takes is to look for them.
        self.finders: list[Finder | bytes | None] = []

    def number(self, leaf: Leaf | Near) -> int:
        """Return the number of a leaf; a new one when it is new."""
        known = self._known.setdefault(leaf, len(self._leaves))
        if known == len(self._leaves):
            self._leaves.append(leaf)
            self.finders.append(None)
        self.uses[known] += 1
        return known

    def seal(self) -> None:
        """Forget what only numbering needs."""
        self._known.clear()
        self.uses.clear()

    def __iter__(self) -> Iterator[Leaf | Near]:
        return iter(self._leaves)

    def asked(self) -> frozenset[str]:
        """Return the ids of the entities that the leaves ask for."""
        names = (n for n, leaf in enumerate(self._leaves) if isinstance(leaf, Name))
        finders = (self.finder(number) for number in names)
        found = (finder.ids for finder in finders if isinstance(finder, Names))
        return frozenset(entity_id for ids in found for entity_id in ids)

    def finder(self, number: int) -> Finder | bytes:
        """Return what finds a leaf."""
        known = self.finders[number]
        if known is None:
            known = self.finders[number] = self._made(self._leaves[number])
        return known

    def where(self, number: int, scene: Scene) -> Iterable[Reason]:
        """Return where a leaf that is found is, the first place in each field."""
        finder = self.finder(number)
        if isinstance(finder, bytes):
            leaf = self._leaves[number]
            assert isinstance(leaf, Term)
            return plain_reasons(finder, leaf, scene)
        return finder.reasons(scene)

    def _made(self, leaf: Leaf | Near) -> Finder | bytes:
        if isinstance(leaf, Near):
            return Nearby(leaf, self._finder_of)
        if isinstance(leaf, Term):
            return plain_pattern(leaf) or Words(leaf).simplest()
        return self._finder_of(leaf)

    def _finder_of(self, leaf: Leaf) -> Finder:
        return finder_of(leaf, self._gazetteer)


class Lookup:
    """What has been looked up in one entry."""

    __slots__ = ("_finders", "_found", "_joined", "_needles", "_reasons", "_scene")

    def __init__(self, needles: Needles, scene: Scene) -> None:
        self._needles = needles
        self._finders = needles.finders
        self._scene = scene
        self._joined = scene.joined
        self._found: dict[int, bool] = {}
        self._reasons: dict[int, tuple[Reason, ...]] = {}

    def has(self, number: int) -> bool:
        """Say whether a leaf is found."""
        finder = self._finders[number]
        if type(finder) is bytes:
            return finder in self._joined
        known = self._found.get(number)
        if known is None:
            finder = self._needles.finder(number)
            known = finder in self._joined if type(finder) is bytes else self._look(finder)
            self._found[number] = known
        return known

    def _look(self, finder: Finder | bytes) -> bool:
        assert not isinstance(finder, bytes)
        return finder.found(self._scene)

    def holds(self, plan: Plan) -> bool:
        """Say whether a plan holds."""
        if type(plan) is int:
            return self.has(plan) if plan >= 0 else not self.has(~plan)
        assert isinstance(plan, tuple)
        if plan[0] is OR:
            return any(map(self.holds, plan[1:]))
        if plan[0] is NEAR:
            return self.holds(plan[2]) and self.has(plan[1])
        for item in plan:  # noqa: SIM110 - twice as fast as `all`, and asked all the time
            if not self.holds(item):
                return False
        return True

    def reasons(self, plan: Plan) -> Iterator[Reason]:
        """Yield where the leaves are that made a plan hold."""
        for number in contributors(plan, self.holds):
            known = self._reasons.get(number)
            if known is None:
                known = self._reasons[number] = tuple(self._needles.where(number, self._scene))
            yield from known
