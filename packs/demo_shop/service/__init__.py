"""The shop's six business systems: a process and a database of their own, spoken to over HTTP and never imported."""
