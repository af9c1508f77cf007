"""How test statistics are written in pictures and in the names of files."""

import re

_CALL = re.compile(r"^(\w+)\((.*)\)$", re.DOTALL)
_WORD = re.compile(r"'([^']*)'")


def statistic_name(said: str) -> str:
    """The name of a statistic and the words it was made with, without signs.

    Args:
        said: as results have it.

    Example:
        >>> statistic_name("LRS()"), statistic_name("FTS(nuisances='laplace', focus='narrow')")
        ('LRS', 'FTS laplace narrow')
        >>> statistic_name("mine")
        'mine'
    """
    call = _CALL.match(said)
    if call is None:
        return said
    return " ".join([call[1], *_WORD.findall(call[2])])
