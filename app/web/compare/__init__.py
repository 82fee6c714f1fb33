"""The pages that put versions or runs side by side."""
