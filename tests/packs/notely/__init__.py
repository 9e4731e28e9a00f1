"""Notely, a small company that sells software by subscription: no warehouse, no parcels, no shop."""
