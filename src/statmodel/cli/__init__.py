"""The command line: arguments are read and passed on, results are shown, nothing is computed."""

from ._app import main as main
