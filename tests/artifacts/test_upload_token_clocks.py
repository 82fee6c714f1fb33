"""Tokens of uploads between servers whose clocks differ."""

import pytest

from app.artifacts.errors import PartTokenRefused, UnknownUpload
from app.artifacts.upload_tokens import LIFETIME, Upload, UploadTokens
from app.core import clock

UPLOAD = Upload("a" * 32, "0/run/artifacts/model.bin", 2)


@pytest.fixture
def signed(monkeypatch):
    """Tokens, and how the clock goes on from the moment at which they were signed."""
    moment = 1_800_000_000_000
    monkeypatch.setattr(clock, "now_ms", lambda: moment)
    tokens = UploadTokens("k" * 40)
    upload, part = tokens.sign_upload(UPLOAD), tokens.sign_part(UPLOAD.id, 1)

    def at(seconds):
        monkeypatch.setattr(clock, "now_ms", lambda: moment + int(seconds * 1000))

    return tokens, upload, part, at


@pytest.mark.parametrize("seconds", [-60, -1, -0.3, 0, LIFETIME])
def test_a_token_of_a_server_whose_clock_is_a_little_ahead_counts(signed, seconds):
    tokens, upload, part, at = signed
    at(seconds)
    assert tokens.read_upload(upload, UPLOAD.path) == UPLOAD
    tokens.check_part(part, UPLOAD.id, 1)


@pytest.mark.parametrize("seconds", [-62, LIFETIME + 2])
def test_a_token_from_the_far_future_or_past_does_not(signed, seconds):
    tokens, upload, part, at = signed
    at(seconds)
    with pytest.raises(UnknownUpload):
        tokens.read_upload(upload, UPLOAD.path)
    with pytest.raises(PartTokenRefused):
        tokens.check_part(part, UPLOAD.id, 1)
