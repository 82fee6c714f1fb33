"""A file that the client sends in parts, as it is told to by its environment.

Usage: python parts.py <address of Greenroom> whole|torn. Ends with 0 when all went well.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(1024 * 1024)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(512 * 1024)

import mlflow
from mlflow.store.artifact import http_artifact_repo

SIZE = 5 * 512 * 1024 + 77


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def send_whole(file: Path, folder: Path) -> None:
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(file), "weights")
        mlflow.log_artifact(str(file))
    for path in ("weights/model.bin", "model.bin"):
        fetched = mlflow.artifacts.download_artifacts(
            run_id=run.info.run_id, artifact_path=path, dst_path=str(folder / "down")
        )
        assert digest(Path(fetched)) == digest(file), path


def send_torn(file: Path) -> None:
    """The third part's bytes cannot be read, as when the disk of the client's machine fails."""
    whole_chunk = http_artifact_repo.read_chunk

    def read_chunk(path, size, start_byte=0):
        if start_byte == 2 * 512 * 1024:
            raise OSError("unreadable")
        return whole_chunk(path, size, start_byte)

    http_artifact_repo.read_chunk = read_chunk
    with mlflow.start_run() as run:
        try:
            mlflow.log_artifact(str(file))
        except Exception as error:
            assert "Failed to upload at least one part" in str(error), error
        else:
            raise AssertionError("the torn upload was taken for a whole one")
    assert mlflow.MlflowClient().list_artifacts(run.info.run_id) == []


def main(address: str, way: str) -> None:
    mlflow.set_tracking_uri(address)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "model.bin"
        file.write_bytes(os.urandom(SIZE))
        if way == "whole":
            send_whole(file, folder)
        else:
            send_torn(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
