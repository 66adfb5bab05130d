"""The ideal learner of CL-Grid: for every operation a version space over the catalogue, narrowed through compositions.

It knows the catalogue, how worlds are drawn, and how prompts and feedback are worded; of a world it has what it is shown. An operation
is a guess at what it goes by (a look) and, for each colour seen there, a vote of the moves that would explain what came out. Votes
instead of exclusion: one lie or a drift must not leave it without a hypothesis, and how many lies there are does not matter to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import eq
from typing import NamedTuple

from clgym.agent import Conversation
from clgym.envs.grid.catalogue import CATALOGUE, LOOKS, Grid, Move, moves_of
from clgym.envs.grid.judge import credit
from clgym.envs.grid.machine import PROFILES
from clgym.envs.grid.reading import Asked, Remark, Told, by_hint, read_answer, read_feedback, understand
from clgym.envs.grid.signs import written
from clgym.envs.grid.tasks import ignorant_share
from clgym.learning import Learner, Seen
from clgym.seeding import Draw

#: A composition of operations of which several are unknown is searched so far.
_BUDGET = 2500
#: Exchanges that could not be explained yet, kept for each operation.
_PENDING = 4
#: A case that may be any of more moves says nothing yet of what is usual.
_FEW = 60
#: How much a look is believed for being named, and doubted for each vote that it cannot explain and each exception that it needs.
_NAMED, _MISSED, _EXCEPTION, _TOO_MANY = 5.0, 2.0, 1.0, 4.0
#: Looks that are so much worse than the best are not considered.
_PLAUSIBLE = 1.5
#: After so many votes a case that is clear is not voted upon again: a wrong one would only be surer of itself.
_ENOUGH = 2
#: What a vote is worth once a drift may have made it stale.
_STALE = 0.4


class Case:
    """What an operation does where it sees one colour: votes for moves."""

    __slots__ = ("_likeliest", "best", "likely", "top", "total", "votes")

    def __init__(self) -> None:
        self.votes: dict[Move, float] = {}
        self.total = self.top = 0.0
        self.best: list[Move] = []
        #: What it does in other cases, which is the likelier of moves that explain as much.
        self.likely: Move | None = None
        self._likeliest: Move | None = None

    def vote(self, moves: Sequence[Move]) -> None:
        """These moves, one at least, would explain what was seen."""
        votes, self._likeliest = self.votes, None
        for move in moves:
            votes[move] = votes.get(move, 0.0) + 1.0
        self.total += 1.0
        self.top = max(votes.values())
        self.best = [move for move, count in votes.items() if count >= self.top - 1e-9]

    @property
    def guess(self) -> Move:
        """The likeliest move."""
        if self.likely and self.likely in self.best:
            return self.likely
        if self._likeliest is None:
            self._likeliest = max(self.best, key=lambda move: _PRIOR[move.kind])
        return self._likeliest

    def age(self) -> None:
        """What was seen may hold no longer."""
        self.votes = dict.fromkeys(self.best, _STALE)
        self.total = self.top = _STALE

    @property
    def missed(self) -> float:
        """Votes that no one move explains."""
        return self.total - self.top


@dataclass
class Belief:
    """What is thought of one operation."""

    looks: tuple[str, ...]
    exceptions: int
    cases: dict[str, dict[int, Case]] = field(default_factory=dict)
    named: Counter[str] = field(default_factory=Counter)
    _ranked: tuple[list[str], dict[str, Move | None]] | None = None

    def __post_init__(self) -> None:
        self.cases = {look: {} for look in self.looks}

    def seen(self, grid: Grid, moves: Sequence[Move]) -> None:
        """It made one of these moves on that grid; nothing is learned where there are none."""
        for look in self.looks if moves else ():
            self._vote(look, _colour(look, grid), moves)

    def told(self, told: Told, moves: Sequence[Move]) -> None:
        """It is said to go by a look, and to have made one of these moves where it saw a colour."""
        if told.look in self.cases:
            self.named[told.look] += 1
            self._vote(told.look, told.colour, moves)

    def _vote(self, look: str, colour: int, moves: Sequence[Move]) -> None:
        case = self.cases[look].setdefault(colour, Case())
        case.vote(moves)
        self._ranked = None

    def age(self) -> None:
        """After a drift."""
        for cases in self.cases.values():
            for case in cases.values():
                case.age()
        self._ranked = None

    @property
    def ranked(self) -> tuple[list[str], dict[str, Move | None]]:
        """The looks that are plausible, the best one first, and the usual move by each."""
        if self._ranked is None:
            cost, usual = {}, {}
            for look, cases in self.cases.items():
                counts = Counter(move for case in cases.values() if len(case.best) <= _FEW for move in case.best)
                usual[look] = max(counts, key=lambda move: (counts[move], _PRIOR[move.kind])) if counts else None
                needed = sum(usual[look] not in case.best for case in cases.values()) if usual[look] else 0
                cost[look] = (
                    _MISSED * sum(case.missed for case in cases.values())
                    + _EXCEPTION * needed
                    + _TOO_MANY * max(0, needed - self.exceptions)
                    - _NAMED * self.named[look]
                )
                for case in cases.values():
                    case.likely = usual[look]
            order = sorted(self.looks, key=cost.__getitem__)
            self._ranked = [look for look in order if cost[look] <= cost[order[0]] + _PLAUSIBLE], usual
        return self._ranked

    def guess(self, grid: Grid) -> Move | None:
        """The likeliest move; ``None`` where nothing is known of it."""
        looks, usual = self.ranked
        case = self.cases[looks[0]].get(_colour(looks[0], grid))
        return case.guess if case else usual[looks[0]]

    def sure(self, grid: Grid) -> bool:
        """Whether all that is plausible makes the same of a grid."""
        made = set[Grid]()
        for look in self.ranked[0]:
            case = self.cases[look].get(_colour(look, grid))
            if case is None or len(case.best) > 8:
                return False
            made.update(move.apply(grid) for move in case.best)
        return len(made) == 1

    def votes(self, grid: Grid) -> float:
        """How often it was seen where it sees what it sees in this grid."""
        look = self.ranked[0][0]
        case = self.cases[look].get(_colour(look, grid))
        return case.total if case else 0.0

    def candidates(self, grid: Grid) -> Sequence[Move] | None:
        """The moves that it may make; ``None`` for any."""
        cases = [self.cases[look].get(_colour(look, grid)) for look in self.ranked[0]]
        if len(cases) == 1:
            return cases[0].best if cases[0] else None
        return list({move: None for case in cases for move in case.best}) if all(cases) else None  # type: ignore[union-attr]


#: How likely a move is before anything is seen, by its kind.
_PRIOR = {name: 1 / len(kind.members) for name, kind in CATALOGUE.items()}


def _colour(look: str, grid: Grid) -> int:
    return LOOKS[look](grid.cells, grid.width) if look else -1


class Path(NamedTuple):
    """One way in which a composition may have gone: what went into each step, the moves, and what came out."""

    grids: tuple[Grid, ...]
    moves: tuple[Move, ...]
    made: Grid


@dataclass(frozen=True)
class Exchange:
    """What an env step says of what comes out. ``exact``: nothing else would fit."""

    asked: Asked
    fits: Callable[[Grid], bool]
    exact: bool


class GridLearner(Learner):
    """θ is what was seen; of each machine, a :class:`Belief` of every operation."""

    def __init__(self, level: int, *, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._profile, self._drifts = PROFILES[level], tuple(drifts)
        self._all = [move for name in self._profile.kinds for move in moves_of(name)]
        self._machines: dict[str, dict[str, Belief]] = {}
        self._pending: dict[tuple[str, str], list[tuple[int, Exchange]]] = {}
        self._by_score = False

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            for machine in self._machines.values():
                for belief in machine.values():
                    belief.age()
            self._pending.clear()
        asked = understand(seen.prompt)
        if asked.moves:
            return
        remark = read_feedback(seen.feedback) if seen.feedback else Remark()
        self._by_score = not seen.correction and seen.reward is not None and not remark.told and not remark.correct
        for told in remark.told:
            self._belief(asked.machine, told.operation).told(told, by_hint()[told.hint])
        if remark.slip:
            self._compare(asked, seen, remark.slip)
        unsure = self._unsure(asked)
        exchange = _exchange(asked, seen, remark)
        if exchange and not self._explained(exchange, unsure):
            self._postpone(exchange, len(unsure))
        elif exchange and unsure:
            self._retry(asked)

    def _postpone(self, exchange: Exchange, unsure: int) -> None:
        """Keep what could not be explained until more is known of its operations."""
        for operation in set(exchange.asked.operations):
            waiting = self._pending.setdefault((exchange.asked.machine, operation), [])
            waiting.append((unsure, exchange))
            del waiting[:-_PENDING]

    def _compare(self, asked: Asked, seen: Seen, slip: tuple[str, str]) -> None:
        """An answer that has one operation in another case has all others as they are."""
        path, (what, confused) = self._guessed(asked), slip
        if what == "case" and path and asked.operations.count(confused) == 1:
            if path.made == read_answer(seen.answer, asked):
                self._confirm(asked, path, [place for place, operation in enumerate(asked.operations) if operation != confused])

    def _retry(self, asked: Asked) -> None:
        """More is known of these operations now: look again at what they could not explain."""
        for operation in set(asked.operations):
            waiting = self._pending.get((asked.machine, operation), [])
            for number, (before, exchange) in enumerate(waiting):
                unsure = self._unsure(exchange.asked)
                if len(unsure) < before:
                    del waiting[number]
                    if not self._explained(exchange, unsure):
                        waiting.append((len(unsure), exchange))
                    break

    def _explained(self, exchange: Exchange, unsure: Sequence[int]) -> bool:
        """Learn from what came out, where it can be explained; otherwise ``False``."""
        asked = exchange.asked
        if exchange.exact:
            path = self._guessed(asked)
            if path and exchange.fits(path.made):
                self._confirm(asked, path, range(len(path.moves)))
                return True
        paths = self._paths(exchange, unsure) if unsure else []
        if paths:
            self._adopt(asked, paths, unsure)
            return True
        if not exchange.exact and len(unsure) > 1:
            return False  # too little was said to tell which of them it was
        places = unsure or range(len(asked.operations))
        ways = ((place, self._paths(exchange, [place], free=not unsure)) for place in places)
        found = {place: paths for place, paths in ways if paths}
        if len(found) == 1:
            ((place, paths),) = found.items()
            self._adopt(asked, paths, [place])
            if exchange.exact and len({path.grids for path in paths}) == 1:
                self._confirm(asked, paths[0], [other for other in unsure if other != place])
        return len(found) == 1

    def _unsure(self, asked: Asked) -> list[int]:
        """The steps of which it is not known what they make, on the likeliest way to them."""
        unsure, grid = [], asked.grid
        for place, operation in enumerate(asked.operations):
            belief = self._belief(asked.machine, operation)
            if not belief.sure(grid):
                unsure.append(place)
            move = belief.guess(grid)
            grid = move.apply(grid) if move else grid
        return unsure

    def _paths(self, exchange: Exchange, open_places: Sequence[int], *, free: bool = False) -> list[Path]:
        """The ways that fit, where the steps at some places are open (``free``: to any move) and the others are as guessed.

        None at all where there are too many to try.
        """
        asked = exchange.asked
        beliefs = [self._belief(asked.machine, operation) for operation in asked.operations]
        ways = [Path((), (), asked.grid)]
        for place, belief in enumerate(beliefs):
            longer: list[Path] = []
            for grids, moves, grid in ways:
                same = _same_case(asked, belief, place, grid, grids)
                if same is not None:
                    options: Sequence[Move] = (moves[same],)
                elif place in open_places:
                    candidates = None if free else belief.candidates(grid)
                    options = self._all if candidates is None else candidates
                else:
                    move = belief.guess(grid)
                    options = (move,) if move else ()
                if len(longer) + len(options) > _BUDGET or not longer and len(ways) * len(options) > _BUDGET:
                    return []
                longer += [Path((*grids, grid), (*moves, move), move.apply(grid)) for move in options]
            ways = longer
        return [path for path in ways if exchange.fits(path.made)]

    def _adopt(self, asked: Asked, paths: Sequence[Path], places: Sequence[int]) -> None:
        """Learn of the steps at some places what all these ways have in common."""
        for place in places:
            grids = {path.grids[place] for path in paths}
            if len(grids) == 1:
                moves = list(dict.fromkeys(path.moves[place] for path in paths))
                operation = asked.operations[place]
                self._belief(asked.machine, operation).seen(grids.pop(), moves)

    def _confirm(self, asked: Asked, path: Path, places: Sequence[int]) -> None:
        """These steps of a way are right: every move that does the same there may have been made."""
        for place in places:
            belief, grid = self._belief(asked.machine, asked.operations[place]), path.grids[place]
            made = (*path.grids, path.made)[place + 1]
            if belief.votes(grid) < _ENOUGH or not belief.sure(grid):
                candidates = belief.candidates(grid)
                options = self._all if candidates is None else candidates
                belief.seen(grid, [move for move in options if move.apply(grid) == made])

    def _belief(self, machine: str, operation: str) -> Belief:
        beliefs = self._machines.setdefault(machine, {})
        if operation not in beliefs:
            looks = tuple(LOOKS) if self._profile.exceptions else ("",)
            beliefs[operation] = Belief(looks, self._profile.exceptions)
        return beliefs[operation]

    # -- answering ----------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        asked = understand(next(message["content"] for message in conversation if message["role"] == "user"))
        draw = None if self.frozen or not self._by_score else self.draw("reply")
        grid = asked.grid
        for operation in asked.operations:
            move = asked.moves.get(operation) or self._chosen(asked.machine, operation, grid, draw)
            grid = move.apply(grid)
        return written(grid, asked.signs)

    def _chosen(self, machine: str, operation: str, grid: Grid, draw: Draw | None) -> Move:
        """The likeliest move, or where something is to be found out one of those that are possible."""
        belief = self._belief(machine, operation)
        if draw:
            candidates = belief.candidates(grid) or self._all
            return draw.weighted(candidates, [_PRIOR[move.kind] for move in candidates])
        return belief.guess(grid) or self._elsewhere(machine, operation, grid) or self._all[0]

    def _elsewhere(self, machine: str, operation: str, grid: Grid) -> Move | None:
        """What most other machines do by that name."""
        others = (
            beliefs[operation].guess(grid) for name, beliefs in self._machines.items() if name != machine and operation in beliefs
        )
        counts = Counter(move for move in others if move)
        return counts.most_common(1)[0][0] if counts else None

    def _guessed(self, asked: Asked) -> Path | None:
        """The likeliest way."""
        grid, grids, moves = asked.grid, list[Grid](), list[Move]()
        for operation in asked.operations:
            move = self._belief(asked.machine, operation).guess(grid) or self._elsewhere(asked.machine, operation, grid)
            if move is None:
                return None
            grids.append(grid)
            moves.append(move)
            grid = move.apply(grid)
        return Path(tuple(grids), tuple(moves), grid)


def _same_case(asked: Asked, belief: Belief, place: int, grid: Grid, grids: Sequence[Grid]) -> int | None:
    """An earlier step at which the operation of this one saw what it sees now, by the likeliest look."""
    operation, look = asked.operations[place], belief.ranked[0][0]
    earlier = (number for number in range(place) if asked.operations[number] == operation)
    return next((number for number in earlier if _colour(look, grids[number]) == _colour(look, grid)), None)


def _exchange(asked: Asked, seen: Seen, remark: Remark) -> Exchange | None:
    """What an env step says of what comes out; ``None`` where it says nothing."""
    if seen.correction:
        right = read_answer(seen.correction, asked)
        return Exchange(asked, right.__eq__, True) if right else None
    given, reward = read_answer(seen.answer, asked), seen.reward
    if given is None or reward is None:
        return None
    if reward >= 1.0:
        return Exchange(asked, given.__eq__, True)
    return Exchange(asked, lambda made: _agrees(made, given, asked.grid, reward, remark), False)


def _agrees(made: Grid, given: Grid, before: Grid, reward: float, remark: Remark) -> bool:
    """Whether an answer would have been rated and criticised so, had this been right."""
    cells = made.cells
    count, total = sum(map(eq, given.cells, cells)), len(cells)
    if count == total or remark.count is not None and count != remark.count:
        return False
    if abs(credit(count / total, ignorant_share(before, made)) - reward) > 1e-6:
        return False
    if remark.row is None:
        return True
    fits = list(map(eq, given.cells, cells))
    start = fits.index(False) // given.width
    row = fits[start * given.width : (start + 1) * given.width]
    return start == remark.row and remark.wrong == tuple(place for place, fit in enumerate(row) if not fit)
