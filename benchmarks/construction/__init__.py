"""Test statistics of many toys: a few events in two observables, a signal on a background."""
