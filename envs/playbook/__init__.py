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
        may have an exception of its own. Clauses ask what holds (four values for each of five attributes), how large a quantity
        is, and at level 3 which of two quantities is larger. From level 2 on, owner, deadline and booking code follow from
        lists of their own, in which the action counts too. Each clause has a public code, such as K12 or K12a.

    Observation
        The company, the case in prose (8 framings, 5 openings, 3 wordings of every fact, 80 people, 22 items in each kind of
        case) and the list of actions, always in the same order: 40 to 70 tokens at level 0. At levels 0 and 1 the actions are
        also the query's options.

    Answer
        Levels 0 and 1: the action, alone. Levels 2 and 3: one line, "action; owner; deadline; code". In ``transfer/why`` the
        code of a clause. Case, dressing (a code fence, quotes, bold, a full stop and the like) and the names of the
        parts ("owner: Kim") are forgiven.

    Reward
        Levels 0 and 1, and clauses: 1 or 0. A line earns 0.4 for the right action and 0.2 for each of the other parts; with a
        wrong action the others together earn at most 0.05. The parts are ``action``, ``owner``, ``deadline``, ``code``;
        in ``transfer/why`` ``clause``.

    Feedback
        verdict: how it went. diagnosis: which clause decides and on what facts, which clause the agent's action would come from
        and why that one does not decide; for a line, part by part. It never names the right action, owner, deadline or code,
        nor, in ``transfer/why``, the right clause. correction: the right answer.

    Levels
        0: one kind of case, three attributes told, two of them decide by four clauses with four actions.
        1: four attributes and a quantity, six clauses with two exceptions, five actions.
        2: two quantities, six clauses with three exceptions; owner, deadline and code by twelve further clauses.
        3: three kinds of case, 27 clauses and exceptions, exceptions to exceptions, quantities compared; 36 further clauses.

    Pools
        ``learn`` (2,400) and ``eval`` (320): ``eval`` holds out combinations of facts, never a fact. ``transfer/german`` (320):
        cases in German, answered in the company's own words. ``transfer/why`` (320): the clause that decides. ``guard`` (320):
        another company, with its complete playbook in the prompt, and only cases that it decides otherwise. In every pool each
        action (in ``transfer/why`` each clause) comes up equally often.

    Probes
        Probe-Facts-v0, Probe-Reasoning-v0.

    Floor and ceiling
        The oracle earns 1.0. Over six worlds and every pool, the best constant answer earns at most 0.28 at level 0, 0.20 at
        level 1, 0.21 at level 2 and 0.12 at level 3; first choices and random ones 0.28, 0.25, 0.17 and 0.13. The floors (0.38,
        0.28, 0.24, 0.2; for clauses 0.36, 0.22, 0.2, 0.2) allow for the chance in a few dozen queries. SmolLM2-135M-Instruct
        earns 0.00 untaught at level 0, and 0.94 and 1.00 on two training worlds after 160 env steps of ``lora-sft``.

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
