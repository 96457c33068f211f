"""Traces of requests for OpenTelemetry; nothing of it is loaded, and nothing slower, where no settings ask for it."""
