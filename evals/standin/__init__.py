"""A strict stand-in for the model provider's Messages API: it refuses what the real one refuses, and fails on request.

Its own small program, which needs neither Django nor a database: `python -m evals.standin --port 8990`. What it answers
is given by whoever starts it.
"""
