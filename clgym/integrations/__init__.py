"""Training and evaluation loops of others: one module for each framework, a screenful on top of :class:`clgym.Session`.

    from clgym.integrations.trl import prompts, reward

Each needs an extra of its own, for the frameworks cannot share one environment; importing this package imports none of them. What each
sums, drops or hides stands in docs/loops.md.
"""
