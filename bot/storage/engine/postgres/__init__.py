"""PostgreSQL as a `Database`, for several processes that serve one bot. Needs the extra `postgres`."""
