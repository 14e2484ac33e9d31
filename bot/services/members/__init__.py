"""What a member is told, and what is stored about them."""
