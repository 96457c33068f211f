"""Load on a service: what it answers in time when so many ask, at a rate that does not wait for its answers."""
