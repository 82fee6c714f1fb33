"""What the HTTP doors share: the application, who is asking, and what guards every request."""
