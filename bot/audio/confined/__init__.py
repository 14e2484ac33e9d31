"""What runs in the confined processes, which alone read the sound of a stranger's recording."""
