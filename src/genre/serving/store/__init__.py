"""Where a service keeps what must outlive it."""
