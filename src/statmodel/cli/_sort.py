"""`statmodel sort`: a spec in alphabetical order."""

from statmodel.spec import sort

from ._document import read_spec, write_document
from ._options import Debug, DocumentFile, SpecPath, Verbose
from ._output import reported
from ._settings import Settings


def sort_command(
    spec: SpecPath,
    *,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Put every list of named parts of a document into the order of the names."""
    with reported(Settings(verbose=verbose, debug=debug)):
        write_document(sort(read_spec(spec)), output_file, like=spec)
