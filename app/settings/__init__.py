"""Settings from `GREENROOM_*` variables."""
