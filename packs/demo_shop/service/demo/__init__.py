"""The demo's own goods, people and orders: made up, always the same, dated back from the day they are put in."""
