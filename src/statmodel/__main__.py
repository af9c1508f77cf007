"""`python -m statmodel`: the program, as the command `statmodel`."""

from statmodel.cli import main

main()
