"""The pages on which access to a model or an experiment is given and taken."""
