"""Certificates of worlds: what can be known, from what, and how soon, measured with the ideal learners of the families.

    runs = plan(Settings(envs=("CL-Playbook-v0",)))
    run(runs, Path("runs/certificate"))
    data = certificate(runs, Path("runs/certificate"))
    page(data)

See docs/decisions/020-ideal-learners.md.
"""

from clgym.certify.page import figure, page
from clgym.certify.plan import Job, Settings, plan
from clgym.certify.run import run
from clgym.certify.verdicts import certificate

__all__ = ["Job", "Settings", "certificate", "figure", "page", "plan", "run"]
