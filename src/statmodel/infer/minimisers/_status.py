"""How a fit ended, in words."""

import enum
from types import MappingProxyType


class Status(enum.IntEnum):
    """The outcome of a minimisation; a number under `vmap`, a sentence to a reader."""

    CONVERGED = 0
    RUNNING = 1
    STEP_LIMIT = 2
    NO_DECREASE = 3
    BAD_START = 4
    FLAT_DIRECTION = 5
    UNBOUNDED = 6
    SADDLE_POINT = 7

    @property
    def ok(self) -> bool:
        """Whether values and errors may be used."""
        return self is Status.CONVERGED

    @property
    def message(self) -> str:
        """What happened, and what to try."""
        return _MESSAGES[self]


_MESSAGES = MappingProxyType(
    {
        Status.CONVERGED: "converged",
        Status.RUNNING: "not finished",
        Status.STEP_LIMIT: (
            "the step limit was reached before the minimum. Start nearer, or raise `max_steps`."
        ),
        Status.NO_DECREASE: (
            "no step lowers the negative log likelihood although its gradient is not zero. The "
            "total may be negative nearby, or a formula may have a kink there."
        ),
        Status.BAD_START: (
            "the likelihood or a derivative is not finite at the start. Check the starting values: "
            "a negative total, or a parameter outside the domain of a formula."
        ),
        Status.FLAT_DIRECTION: (
            "a minimum was reached, but the likelihood is flat along a direction, so errors are "
            "undefined. Fix or constrain one of the parameters named."
        ),
        Status.UNBOUNDED: (
            "the negative log likelihood falls without end, or has its lowest point beyond all "
            "sense. Negative event weights do that, responses extrapolated far beyond their "
            "anchors without a normalisation, and widths that may vanish. Set bounds, or choose "
            "another normalisation or interpolation."
        ),
        Status.SADDLE_POINT: (
            "the gradient vanishes, but this is no minimum: the likelihood rises along a direction "
            "in which no step could be taken. Start elsewhere."
        ),
    }
)
