"""What runs in a confined worker process: it alone reads the bytes of a stranger's recording."""
