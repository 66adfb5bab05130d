"""CL-Dialect-v0: a new dialect of JavaScript, compiled and run."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent
from clgym.core import Family, World
from clgym.envs.dialect.level0 import line_world
from clgym.envs.dialect.names import dialect_name
from clgym.envs.dialect.programs import program_world
from clgym.seeding import Seed


class Dialect(Family):
    """A language that is JavaScript but for a drawn set of rules.

    Description
    -----------
    Every world is a language with an invented name. It is JavaScript, all of ES2020 (modules and `with` aside), in everything but 4 to 20 rules that
    nobody has seen before, and it has a library of its own, so that a model which writes good JavaScript gets everything wrong until it has learned them.
    Answers are read by a parser for just that dialect, compiled to JavaScript with a position map, and run in a real engine.

    Hidden rules
    ------------
    Drawn from a catalogue of more than 50 kinds in six groups: words (`say` for `console.log`, other keywords), marks (operators, statement terminators,
    block delimiters, comments), literals and indexing (quotes, indexes from 1 or from the end, digit groups, list brackets), statements (`unless`, `until`,
    counted loops, conditions behind the statement, pipelines), semantics (deep equality, division that rounds, other truths, variables that don't
    change, strict arity, printing, sorting), house conventions (naming, declared kinds of result, comments, forbidden constructs). Most kinds have
    parameters of their own. A rule is drawn only where at least one in twenty references would be otherwise without it. Above level 0 a library of 12, 80 or
    400 functions, drawn from 504: what is done with each value, which are taken, what is made of all; names, the order of arguments and what comes
    out where nothing is left (a value or an error) are the world's own, and the r-th commonest is met like 1/r.

    Observation
    -----------
    A short instruction that names the dialect, and below it a line of code, a program, or a task in English: steps, some of which are the library's.

    Answer
    ------
    Code, or the printed output, alone. White space, one code fence and marks of inline code around it are
    forgiven, around printed output any dressing; prose is not.

    Reward
    ------
    Level 0: 1 for the right syntax tree. Otherwise 0.75 x content^2 x (0.1 + 0.9 x rules kept), for the reading that is kindest to
    the answer: content is the likeness of names, values and operators to those asked for, rules kept the share of the rules
    that count in this line. Lines of TypeScript and JavaScript that are not right earn 0.3 x content^2. Levels 1 to 3: 1 if every
    hidden test case passes (some two hundred of them count as one), else 0.75 x (share of cases)^2; a program that does not compile earns 0; a port that
    runs right and that TypeScript's compiler refuses 0.75. Outputs are right or wrong.

    Feedback
    --------
    verdict: how it went. diagnosis: a compiler error with line, column, caret, what was expected and the word that was meant, or the first failing case
    with arguments, expected and got (value, console output cut to a limit, or error with its line) and a place where a habit of JavaScript misleads; from
    level 2 on also two functions of the library that were not asked for. correction: a right answer.

    Levels
    ------
    0: 4 rules, rewrite one line. 1: 8 rules, 12 functions; write one function of three or four steps. 2: 14 rules whose semantics interact, 80 functions,
    four or five steps. 3: 20 rules, 400 functions, two functions, house conventions enforced.

    Pools
    -----
    `learn` and `eval`: write in the dialect; above level 0 eval has rows of steps (templates) that learn lacks. `transfer/read`: what does this print? Above
    level 0 never what it would print in JavaScript. `transfer/port`: rewrite it in TypeScript, which TypeScript's own compiler checks in strict mode
    where it is installed (envs/dialect/typecheck.py). `guard`: plain JavaScript is asked for (at level 0: a line of it, repeated), and the habits of the dialect fail.

    Probes
    ------
    Probe-JavaScript-v0, Probe-TypeScript-v0, Probe-Python-v0.

    Floor and ceiling
    -----------------
    Plain JavaScript earns 0.075 at level 0 and 0 above it. In the guard it is right, and earns 1. The oracle earns 1 everywhere.

    Origin
    ------
    The proposal's "adapt to a new dialect of Javascript". Written for this suite.
    """

    name = "CL-Dialect-v0"
    version = 3
    levels = range(4)

    def world(self, seed: Seed, level: int) -> World:
        """Draw one world."""
        self.check_level(level)
        name = dialect_name(seed.draw("name"))
        return program_world(name, seed, level) if level else line_world(name, seed)

    def learner(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0) -> Agent:
        """It takes each dialect apart by its name, and needs not know how many there are, nor how many lies."""
        from clgym.envs.dialect.learner import DialectLearner

        self.check_level(level)
        return DialectLearner(level, drifts=drifts, seed=seed)


__all__ = ["Dialect"]
