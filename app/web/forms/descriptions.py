"""The form for a description, which notices when somebody else has changed it."""

from flask import request
from wtforms import HiddenField, TextAreaField

from app.web.forms.base import Form, digest, plain_lines


class DescriptionForm(Form):
    """`seen` stands for the text that the person began from."""

    description = TextAreaField(
        "Description",
        description="Markdown: headings, lists, tables, code, task lists, footnotes, formulas. Pictures become links.",
        filters=[plain_lines],
        render_kw={"class": "tall", "rows": 20, "spellcheck": "true"},
    )
    seen = HiddenField()

    def begin(self, description: str | None) -> None:
        """Fills a form that was just opened."""
        self.description.data = description or ""
        self.seen.data = digest(description)

    @property
    def wants_both(self) -> bool:
        """Whether the person pressed the button that puts the two texts one below the other."""
        return request.form.get("merge") == "both"

    def begin_with_both(self, description: str | None) -> None:
        """Puts the stored text above what the person typed, to be edited and saved."""
        texts = (description, self.description.data)
        self.description.data = "\n\n".join(text.strip() for text in texts if text)
        self.seen.data = digest(description)

    def has_seen(self, description: str | None) -> bool:
        """Returns whether the person began from this text. If not, the form says so, and from now on they did."""
        if self.seen.data == digest(description):
            return True
        self.seen.data = digest(description)
        self.find_stale()
        return False
