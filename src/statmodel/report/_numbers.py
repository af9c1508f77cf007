"""How numbers are printed: a value to the decimals of its error, an error to three digits."""

import math

DIGITS = 3
"""Significant digits of an error."""
_MOST_DECIMALS = 12
_LARGEST_PLAIN = 1e6


def with_error(value: float, error: float) -> tuple[str, str]:
    """A value and its error to the same decimals; without an error, to six digits.

    Example:
        >>> with_error(1.03456, 0.41289), with_error(5012.345, 71.2)
        (('1.035', '0.413'), ('5012.3', '71.2'))
        >>> with_error(125.0, float("nan")), with_error(1.5e-9, 2e-11)
        (('125', ''), ('1.5000e-09', '2.00e-11'))
    """
    if not (math.isfinite(error) and error > 0 and math.isfinite(value)):
        return f"{value:.6g}", ""
    decimals = DIGITS - 1 - math.floor(math.log10(error))
    if decimals > _MOST_DECIMALS - DIGITS or max(abs(value), error) >= _LARGEST_PLAIN:
        lead = math.floor(math.log10(abs(value))) if value else 0
        digits = min(max(lead + decimals, DIGITS - 1), _MOST_DECIMALS)
        return f"{value:.{digits}e}", f"{error:.{DIGITS - 1}e}"
    decimals = max(decimals, 0)
    return f"{value:.{decimals}f}", f"{error:.{decimals}f}"


def with_errors(value: float, below: float, above: float) -> tuple[str, str, str]:
    """A value, the error below and the error above, to the decimals of the smaller one.

    An error that is not positive does not exist, and is an empty text.

    Example:
        >>> with_errors(1.67, 0.885, 1.14), with_errors(0.379, 0.0, 0.922)
        (('1.670', '0.885', '1.140'), ('0.379', '', '0.922'))
    """
    known = [error for error in (below, above) if error > 0]
    if not known:
        return with_error(value, math.nan)[0], "", ""
    text = with_error(value, min(known))[0]
    digits = DIGITS - 1 if "e" in text else len(text.partition(".")[2])
    form = f".{digits}{'e' if 'e' in text else 'f'}"
    lower, upper = (format(error, form) if error > 0 else "" for error in (below, above))
    return text, lower, upper
