"""Records what happened: who changed what, when, from which value to which."""
