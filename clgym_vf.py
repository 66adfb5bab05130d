"""What verifiers looks for when it is told the taskset ``clgym_vf``: it takes no dotted names."""

from clgym.integrations.verifiers import ClgymEnv, ClgymTaskset

__all__ = ["ClgymEnv", "ClgymTaskset"]
