"""What happened: who did what to what, when, from which value to which."""
