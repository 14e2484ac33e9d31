"""What the browser is sent: the state of everything, and each change."""
