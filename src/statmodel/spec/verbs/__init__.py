"""What is done to whole documents, in pyhf's words: combine, prune, rename, sort, digest."""

from ._combine import combine as combine
from ._digest import Algorithm as Algorithm
from ._digest import digest as digest
from ._join import Join as Join
from ._prune import prune as prune
from ._rebase import rebase as rebase
from ._rename import rename as rename
from ._sort import sort as sort
from ._text import document_text as document_text
