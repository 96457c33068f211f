"""Serving: latency, real time, safety of what was acknowledged, behaviour when something fails."""
