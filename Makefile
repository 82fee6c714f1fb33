# Every command sets up whatever it needs; `make` alone lists them.
.DEFAULT_GOAL := help
