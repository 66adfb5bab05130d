"""CL-Playbook-v0: how a company decides."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent
from clgym.core import Family
from clgym.envs.playbook.learner import PlaybookLearner
from clgym.envs.playbook.world import PlaybookWorld, draw_world
from clgym.seeding import Seed


class Playbook(Family):
    """The way things are done around here: how one invented company decides the cases that come in.

    Description
        Every world is a company with a playbook that nobody has read. Cases come in, told in prose: returns, support tickets,
        incidents, expense claims. The agent says what the company does; a colleague says what is wrong with it and which clause
        decides. What was learned is then asked for in German and as the clause that is the reason.

    Hidden rules
        A decision list for each kind of case. The first clause that fits decides, unless an exception to it fits, and that one
        may have an exception of its own. Clauses ask what holds (four values for each of five attributes), whether a quantity is
        over a limit or within it, and at level 3 which of two quantities is larger. Each clause has a public code, such as K12 or
        K12a. Above level 0 a clause leads to a course, and the client's terms say which action that is: under no two terms is a
        course the same action. From level 2 on, owner, deadline and booking code follow from lists of their own, in which the action
        counts too; the owner depends on the region of the office, the deadline on the group of the supplier.
        The roster: 0, 40, 250, 1,200 clients, suppliers and offices by level, met like 1/rank. On what terms a client is, and what group
        or region the others are in, stands in no prompt.

    Observation
        The company, the case in prose (8 framings, 8 openings, 3 wordings of every fact, 120 people, 22 items in each kind of case,
        5 wordings for each of the client, supplier and office) and the list of actions, always in the same order: 40 to 70 tokens at
        level 0. At levels 0 and 1 the actions are also the query's options.

    Answer
        Levels 0 and 1: the action, alone. Levels 2 and 3: one line, "action; owner; deadline; code". In ``transfer/why`` the
        code of a clause. Case, dressing (a code fence, quotes, bold, a full stop and the like) and the names of the
        parts ("owner: Kim") are forgiven.

    Reward
        Levels 0 and 1, and clauses: 1 or 0. A line earns 0.4 for the right action and 0.2 for each of the other parts; with a
        wrong action the others together earn at most 0.05. The parts are ``action``, ``owner``, ``deadline``, ``code``;
        in ``transfer/why`` ``clause``.

    Feedback
        diagnosis: which clause decides and on what facts, the course that it calls for and the terms that the client is on; which clause
        the agent's action would come from and why that one does not decide; for a line, part by part. It says that a quantity is over the
        limit or within it and never how much the limit is: that has to be bracketed from cases. It never names the right action, owner,
        deadline or code, nor, in ``transfer/why``, the right clause. correction: the right answer.

    Levels
        0: one kind of case, three attributes told, two of them decide by four clauses with four actions.
        1: four attributes and a quantity, six clauses with three exceptions, five actions; 40 clients on four kinds of terms.
        2: two quantities; owner, deadline and code by fourteen further clauses; 100 clients, 75 suppliers, 75 offices.
        3: three kinds of case, 27 clauses and exceptions, exceptions to exceptions, quantities compared; 42 further clauses;
        480 clients, 360 suppliers, 360 offices.

    Pools
        ``learn`` (2,400; 4,800 at level 2, 12,000 at level 3) and ``eval`` (320): ``eval`` holds out combinations of the facts that decide
        with the client, never a fact, nor a client. ``transfer/german`` (320): cases in German, answered in the company's own words.
        ``transfer/why`` (320): the clause that decides. ``guard`` (320): another company, with its complete playbook in the prompt, and only
        cases that it decides otherwise. In every pool each action (in ``transfer/why`` each clause) comes up equally often.
        A drift changes what courses mean on half of the terms, and one of the other lists. A sibling has about half of the clauses, of the
        terms and of the arrangements with those in the roster, who have the same names.

    Probes
        Probe-Facts-v0, Probe-Reasoning-v0.

    Floor and ceiling
        The oracle earns 1.0. Over six worlds and every pool, the best constant answer earns at most 0.35 at level 0, 0.24 at
        level 1, 0.21 at level 2 and 0.12 at level 3; first choices and random ones 0.35, 0.24, 0.16 and 0.15. The floors (0.38,
        0.28, 0.24, 0.2; for clauses 0.38, 0.22, 0.2, 0.2) allow for the chance in a few dozen queries. The ideal learner needs 10 env
        steps under correction to earn 0.9 at level 0, and about 120, 400 and 2,100 at levels 1 to 3; after 40 corrections of level 3
        it earns less than 0.35.

    Origin
        Written for clgym. Decision lists: Rivest (1987), "Learning decision lists"; with exceptions that have exceptions:
        Compton and Jansen (1990), ripple-down rules.
    """

    name = "CL-Playbook-v0"
    version = 3
    levels = range(4)

    def world(self, seed: Seed, level: int) -> PlaybookWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0) -> Agent:
        return PlaybookLearner(noise=noise, drifts=drifts, seed=seed)
