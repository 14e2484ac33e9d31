"""What every service may use: troubles told to the host, work on a clock, retries, signatures, wording."""
