"""A ratio channel with shape responses: five processes, twenty nuisances or more each."""
