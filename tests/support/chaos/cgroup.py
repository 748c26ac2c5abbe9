"""A control group that gives its processes a twentieth of a core."""

from __future__ import annotations

from tests.support.control_group import ControlGroup

CORES = 0.05


class Starvation(ControlGroup):
    """`folder` is None when no such group can be made here."""

    def __init__(self) -> None:
        super().__init__("penstock-chaos", CORES)
