"""Numbers as a document writes them, and those that no double holds.

A double reaches (2 - 2**-52) * 2**1023 = 1.797...e308 (IEEE 754). What lies beyond is read as an
infinity that remembers how it was written, and every field refuses it.
"""

from typing import Final, final

from statmodel._errors import printable

BEYOND: Final = " It is beyond double precision, which ends at 1.8e308."
_SHOWN: Final = 60
_BEGINNING: Final = 20


@final
class Beyond(float):
    """An infinity that stands in the document as a number.

    Attributes:
        written: its text in the document.
    """

    __slots__ = ("written",)
    written: str

    def __new__(cls, text: str) -> "Beyond":
        """The infinity of a text such as `1e400`, which Python reads as one."""
        made = float.__new__(cls, "-inf" if text.startswith("-") else "inf")
        made.written = text
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> "Beyond":
        """Itself: nothing changes it."""
        del memo
        return self

    @property
    def words(self) -> str:
        """The text; of very many digits the first, and their number."""
        digits = self.written.lstrip("+-")
        if len(self.written) <= _SHOWN or not digits.isdecimal():
            return printable(self.written)
        return f"{self.written[:_BEGINNING]}... ({len(digits)} digits)"


def real(text: str) -> float:
    """The number of a text.

    Example:
        >>> real("1e3"), real("-1e400"), real("-1e400").words
        (1000.0, -inf, '-1e400')
    """
    value = float(text)
    return Beyond(text) if value - value != 0 else value


def whole(value: int, text: str) -> int | float:
    """A whole number, written as `text`; one beyond double precision is `Beyond`.

    Example:
        >>> whole(12, "12"), whole(10**309, "1" + 309 * "0").words
        (12, '10000000000000000000... (310 digits)')
    """
    try:
        float(value)
    except OverflowError:
        return Beyond(text)
    return value
