"""Toys from a pool of simulated events: 1000 of 20 000, one signal strength, two nuisances."""
