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
        Every world is a web framework of its own: a real Python library, generated for the conventions of one house. It
        has the lookups, expressions and methods of simple Django code (Q, F, values, update, aggregate, annotate,
        relations, slices, chains; 50 such lines give in a house without rules what they give in Django), under other
        names, with other orders of arguments and other meanings; and its models call their columns by names that
        somebody once made up. The agent writes app code, which runs in the sandbox on hidden tables.

    Hidden rules
        Drawn from a catalogue of 60 conventions and 35 pairs of models. Words: the manager and its queries, lookups,
        aggregates, Q and F, requests, replies, routes, exceptions. Columns: what each is called. Arguments: how
        conditions, parameters, statuses, replies, descending columns, patterns, routes and views are written. Meanings:
        several conditions joined by or, bounds that count, slices that count from 1 or include their end, default
        orders, archived rows, lists without repetitions, the order of sort columns, of routes and of checks, what a
        check returns, what comes of no row. There are about 30, 80, 195 and 500 names by level; level 3 has two
        settings that switch meanings on. Every drawn convention decides one in twenty answers of ``eval`` or more.

    Observation
        Level 0: one line, such as "In Tolva, list every Book with the author Kim." Above: what to write, for which
        models, and at level 3 what app/settings.py says. What a column is called is not said. Each kind of query has
        eight phrasings.

    Answer
        Level 0: one expression. Level 1: a function for app/views.py. Above: an app of two to four files, each under a
        comment that names it, in any order. A code fence is forgiven (around a line number any dressing), and up to two
        helpers that nothing uses. An answer that prints ``dir(...)`` or ``help(...)``, or looks names up by force, is run,
        what it prints is shown, and the step is spent.
        ``transfer/review``: a line number, or the line.

    Reward
        1 for code that does what was asked, in whatever way: the right results and tables in all cases. Else at level 0
        less than 0.75: the square of the content (model, value) times the share of rules that the call keeps, of which
        Django's words alone are worth a tenth. Above: up to 0.25 for the framework's words and columns in use and up to
        0.25 for cases that pass (squared); 0.5 for right results whose rows are chosen or sorted in Python and not by a
        query, and no more than its words earn for a program that tries out two words or more that the framework does not
        have. Parts: ``content`` and ``rules``, or ``cases`` and ``words``. Guard: up to 0.25 for a near miss. Review: 1
        or 0.

    Feedback
        Python's own traceback, cut to frames of the app and of the framework, with its "Did you mean"; or the first case
        that fails, with what came and what was expected. A colleague adds what the column is that was taken by mistake,
        or the rule without which the answer would be right. ``dir`` and ``help`` name what there is and how it is
        written. At level 0 the last line of a traceback about a missing name is worked out and not run.

    Levels
        0: one call of four kinds (filter and exclude, and two of get, order_by, values_list, create) on 8 models, about
        1,100 ``learn`` and 470 ``eval`` queries; ``eval`` asks for each column in a kind of call in which ``learn`` never
        does. 1: one function on one table, 2,400 queries. 2: a query and a view in two files, with relations, 3,600. 3: two
        views, checks and routes in three or four files, under the app's settings, 10,800. ``eval`` has 320 queries of
        templates that ``learn`` lacks.

    Pools
        ``learn`` and ``eval``: code for the framework. ``transfer/review``: four or five lines of good code, of which
        one has a wrong word; each place is as likely. ``guard``: the same questions for plain Django, in which the
        house's habits are wrong; graded by what the real Django makes of the answer on an in-memory database (the extra
        ``probes``; the oracle's own text needs none).

    Probes
        Probe-Django-v0, Probe-Python-v0.

    Floor and ceiling
        The oracle earns 1.0, by running where code is run. Blank, constant, echo, Django's habit and code for another
        house stay under 0.15, a guess in ``transfer/review`` earns 0.25 at level 0 and 0.2 above (floors 0.4 and 0.36).
        The ideal learner has half of level 0 after 5 corrections and all of it after 100; level 1 reaches 0.9 after about
        100, level 2 after 200, level 3 after 300; 40 exchanges of level 3 are worth 0.25 (training worlds).

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
