"""CL-Framework-v0: an in-house web framework that looks like Django and is not."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Family
from clgym.envs.framework.learner import FrameworkLearner
from clgym.envs.framework.world import FrameworkWorld, draw_world
from clgym.seeding import Seed


class Framework(Family):
    """A fork of Django that somebody bent to the taste of a house: code for it is written, run, and refused with a traceback.

    Description
        Every world is a web framework of its own: a small real Python library, generated for the conventions of one
        house. It has models, row sets, requests, replies, routes, checks and settings as Django has, under other
        names, with other orders of arguments and other meanings. The agent writes app code; above level 0 it runs in
        the sandbox on hidden tables.

    Hidden rules
        Drawn from a catalogue of 46 conventions. Words: the manager and twelve queries, five lookups, the primary
        key, requests, replies, routes, exceptions. Arguments: how conditions, parameters, statuses, replies,
        descending columns, patterns, routes and views are written. Meanings: several conditions joined by or, bounds
        that count, slices that count from 1 or include their end, default orders, archived rows, lists without
        repetitions, the order of sort columns, of routes and of checks, what a check returns, what comes of no row.
        Level 0 has 6 of them, level 1 has 21, level 2 has 32, level 3 has 43 and two settings that switch
        meanings on. Two worlds of a level share 13 % (level 0) to 31 % (level 3) of them on average.

    Observation
        Level 0: one line, such as "In Tolva, list every Book with the author Kim." Above: what to write, for which
        model, what is imported, and at level 3 what app/settings.py says. Each kind of query has eight
        phrasings.

    Answer
        Level 0: one expression, a single call on a model. Above: Python code for app/views.py. A code fence is
        forgiven (around a line number any dressing), and up to two helpers that nothing uses. App code passes a linter that refuses what would look names
        up by force or tries several: getattr, dir, type, private attributes, the framework's inside, catching AttributeError
        and its like.
        ``transfer/review``: a line number, or the line.

    Reward
        1 for code that does what was asked: at level 0 the same syntax tree, above it the right result in all cases.
        Else at level 0 less than 0.75: the square of the content (model, column, value) times the share of rules that
        the call keeps, of which Django's words alone are worth a tenth. Above: up to 0.25 for the framework's words
        in use and up to 0.25 for cases that pass (squared); 0.5 for right results whose rows are chosen or sorted in
        Python and not by a query, none for those of a program without a word of the framework, and no more than its words
        earn for one that tries out two words or more that the framework does not have. Parts: ``content`` and ``rules``, or ``cases`` and ``words``. Guard: up to 0.75 at
        level 0 and 0.3 above for a near miss. Review: 1 or 0.

    Feedback
        Python's own traceback, cut to frames of the app and of the framework; the message of the linter; or the first
        case that fails, with what came and what was expected. At level 0 nothing is run and the traceback's last line
        is the one that Python would give (tested against a real run).

    Levels
        0: one call of four kinds (filter and exclude, and two of get, order_by, values_list, create) on 8 models. Of
        the combinations of kind, model, column and value some are held out for ``eval`` and others for ``guard``, never
        a word that ``learn`` lacks: 512 ``learn`` queries and 256 of each of the others, or 2,048 and 512 where no kind
        asks for a column alone; 200 in ``transfer/review``.
        1: one function on one table. 2: one view, its parameters, its reply and its status. 3: several views, checks
        and routes under the app's settings. Levels 1 to 3 have 2,400 ``learn`` and 320 ``eval`` queries.

    Pools
        ``learn`` and ``eval``: code for the framework. ``transfer/review``: four or five lines of good code, of which
        one has a wrong word; each place is as likely. ``guard``: the same questions for plain Django, one expression
        compared as a syntax tree (no Django is needed; conditions may come in any order), where the house's habits
        are wrong.

    Probes
        Probe-Django-v0, Probe-Python-v0.

    Floor and ceiling
        The oracle earns 1.0, by running where code is run. Blank, constant, echo, Django's habit and code for another
        house stay under 0.15 (habit 0.06 at level 0 and 0.00 above; another house's code 0.01 and 0.04; the best constant
        of a hill climber 0.10 and 0.03), a guess in ``transfer/review`` earns 0.25 at level 0 and 0.2 above (floors 0.35
        and 0.3). SmolLM2-135M with lora-sft: from 0.00 to 1.00 on 32 ``eval`` queries of level 0 in 160 env steps.

    Origin
        Written for clgym after Django's documented interface. Nothing of Django is copied.
    """

    name = "CL-Framework-v0"
    version = 2
    levels = range(4)

    def world(self, seed: Seed, level: int) -> FrameworkWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> FrameworkLearner:
        return FrameworkLearner(level, noise=noise, drifts=drifts, seed=seed)
