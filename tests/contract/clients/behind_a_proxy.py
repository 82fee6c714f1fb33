"""What a client does with a server behind a proxy: it logs, registers, uploads in parts, and loads."""

from pathlib import Path

import mlflow
from mlflow import MlflowClient

client = MlflowClient()
with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.9)
    Path("large.bin").write_bytes(b"x" * 11_000_000)
    Path("small #1.txt".replace("#", "+")).write_text("small")
    mlflow.log_artifact("large.bin", "files")
    mlflow.log_artifact("small +1.txt", "files")

listed = {file.path for file in client.list_artifacts(run.info.run_id, "files")}
assert listed == {"files/large.bin", "files/small +1.txt"}, listed
fetched = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="files/large.bin"))
assert fetched.stat().st_size == 11_000_000

client.create_registered_model("rel +1%41")
version = client.create_model_version("rel +1%41", f"runs:/{run.info.run_id}/files", run.info.run_id)
found = client.get_model_version("rel +1%41", version.version)
assert found.run_id == run.info.run_id
folder = Path(mlflow.artifacts.download_artifacts("models:/rel +1%41/1"))
assert (folder / "small +1.txt").read_text() == "small"
