"""The pages that grant access to a model or an experiment."""
