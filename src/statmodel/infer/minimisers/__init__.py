"""Minimisation of a function whose derivatives are known, in a box."""
