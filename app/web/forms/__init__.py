"""Fields that the forms of several areas share."""
