"""Profiles of the likelihood: conditional fits, scans, and the errors that they give."""
