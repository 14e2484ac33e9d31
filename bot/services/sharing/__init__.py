"""Who may use which voice where, and for how long."""
