"""What pages are made with: Markdown, previews, files, sentences of events, CSV."""
