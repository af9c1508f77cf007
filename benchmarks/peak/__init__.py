"""A Gaussian on an exponential, extended, in one observable."""
