"""A fitted model as a service: answers that follow events, items that come and go, one store that outlives it."""
