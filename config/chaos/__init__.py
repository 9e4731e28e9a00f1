"""Faults on demand: crashes and kills in the middle of what customers and people do, and the count afterwards."""
