"""`/voice` and the buttons under reports and notices."""
