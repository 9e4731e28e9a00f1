"""Fernway: a made-up shop for home, kitchen and outdoor goods, and how its six systems fulfil the contracts."""
