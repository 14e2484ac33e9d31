"""The consent of the person who is heard in a sample."""
