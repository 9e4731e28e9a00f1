"""The uses of a model, one pair of files each: what is asked and what the answer comes to, and the words of it."""
