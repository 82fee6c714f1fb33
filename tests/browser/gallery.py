"""The data that pages are looked at with: an ordinary team's, and what strains a layout."""

import math
import struct
import zlib
from dataclasses import dataclass

from tests.browser.library import Library

DESCRIPTION = """\
Predicts whether a customer leaves within the next **90 days**, from the last twelve months of their
contract. Retention calls the top decile every Monday.

## Use and limits

- Scores are calibrated; the threshold in use is `0.62`.
- Not for business customers: they were left out of the training data.
- [x] Checked for leaks by date
- [ ] Fairness review by region

Whoever left counts $\\beta = 3$ times in the loss, $\\hat{y}_i = \\sigma(w^\\top x_i + b)$:

$$
\\mathcal{L} = -\\frac{1}{n} \\sum_{i=1}^{n} \\beta^{\\,y_i}
  \\bigl(y_i \\log \\hat{y}_i + (1 - y_i) \\log(1 - \\hat{y}_i)\\bigr)
$$

| Segment | Share | AUC |
| --- | ---: | ---: |
| Prepaid | 31 % | 0.842 |
| Contract | 69 % | 0.871 |

```python
scores = model.predict(customers)
to_call = customers[scores[:, 1] > 0.62]
```

Owned by [retention](https://example.com/retention)[^1].

[^1]: Pager rota in the team's handbook.
"""
IN_PRODUCTION = """\
Trained **without business customers**, whose contracts follow other rules.

| Backtest | Version 3 | This one |
| --- | ---: | ---: |
| AUC | 0.857 | 0.862 |
| Caught in the top decile | 41 % | 44 % |

Calibrated on March; use the threshold `0.62`.
"""
CURVE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" font-family="sans-serif" font-size="12">
<rect width="320" height="200" fill="#fff"/><path d="M30 180H310M30 180V20" stroke="#888" fill="none"/>
<path d="M30 180C120 150 180 60 310 25" stroke="#3b46a3" stroke-width="3" fill="none"/>
<path d="M30 180L310 20" stroke="#bbb" stroke-dasharray="4" fill="none"/><text x="120" y="196">predicted</text></svg>
"""
EXAMPLES = "tenure_months,monthly_charge,contract,has_support_calls\n" + "".join(
    f"{3 * n},{19.9 + n:.2f},{('prepaid', 'yearly')[n % 2]},{n % 3 == 0}\n" for n in range(40)
)
LONG_NAME = "quarterly_revenue_forecast_for_all_regions_and_product_lines_with_holiday_effects_" * 3
RIGHT_TO_LEFT = "نموذج-التنبؤ-بالمبيعات"
EMOJI = "🚀 launch-likelihood 🛰️"
METRICS = {
    "val_auc": [0.871 - 0.3 * math.exp(-step / 6) for step in range(40)],
    "val_logloss": [0.31 + 0.4 * math.exp(-step / 8) for step in range(40)],
    "train_auc": [0.893 - 0.3 * math.exp(-step / 5) for step in range(40)],
    "brier": [0.0912],
}
PARAMS = {
    "n_estimators": "400",
    "max_depth": "9",
    "learning_rate": "0.05",
    "subsample": "0.8",
    "class_weight": "balanced",
    "features": "tenure_months,monthly_charge,contract,has_support_calls,region,device_age,data_use_gb",
}
REPORT = "# Report\n\nBy **region**:\n\n| Region | AUC |\n| --- | ---: |\n| north | 0.87 |\n"
RUN_TAGS = {
    "mlflow.source.name": "training/churn.py",
    "mlflow.source.git.commit": "8f14e45fceea167a5a36dedd4bea2543fbcc1a20",
    "team": "retention",
    "data": "2026-02",
}


def png(width: int, height: int) -> bytes:
    """A picture: a slope in two colours."""
    rows = b"".join(
        b"\0" + b"".join(b"\x3b\x46\xa3" if x * height < y * width else b"\xeb\xec\xf8" for x in range(width))
        for y in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@dataclass(frozen=True)
class Gallery:
    """Where the pages of the gallery are."""

    experiment: str
    run: str
    folder_run: str
    empty_experiment: str


def fill(library: Library) -> Gallery:
    """Put everything in; where it is."""
    experiment = library.experiment(
        "churn", {"team": "retention", "mlflow.note.content": "Weekly training on the **warehouse**."}
    )
    runs = [_train(library, experiment, number) for number in range(1, 7)]
    _churn(library, runs)
    _neighbours(library, runs)
    _oddities(library, runs)
    empty = library.experiment("forecast-2027 " + "with a rather long name " * 4)
    return Gallery(experiment=experiment, run=runs[-1], folder_run=runs[0], empty_experiment=empty)


def _train(library: Library, experiment: str, number: int) -> str:
    names = ["calm-otter", "brisk-heron", "late-swallow", "silent-vole", "warm-lynx", "bright-finch"]
    metrics = {key: [value * (0.97 + number / 200) for value in curve] for key, curve in METRICS.items()}
    metrics["rows"] = [1_482_113]
    run = library.run(
        experiment,
        f"{names[number - 1]}-{number * 37}",
        metrics=metrics,
        minutes=7 + number,
        params=PARAMS | {"max_depth": str(3 + number)},
        tags=RUN_TAGS,
    )
    library.use_data_set(run, "customers", f"{8 + number}c1f0a7e")
    library.put_model(experiment, run)
    library.put(experiment, run, "plots/calibration.svg", CURVE.encode())
    library.put(experiment, run, "model/plots/calibration.svg", CURVE.encode())
    library.put(experiment, run, "model/README.md", DESCRIPTION.encode())
    library.put(experiment, run, "model/examples/input.csv", EXAMPLES.encode())
    library.put(experiment, run, "plots/scores.png", png(320, 120))
    library.put(experiment, run, "report.md", REPORT.encode())
    table = "customer,score,region\n" + "".join(f"{n},{0.5 + n / 600:.3f},north\n" for n in range(150))
    library.put(experiment, run, "predictions.csv", table.encode())
    return run


def _churn(library: Library, runs: list[str]) -> None:
    name = library.model(
        "churn-classifier", DESCRIPTION, {"team": "retention", "task": "classification", "tier": "1"}
    )
    described = [
        "First one.",
        "Deeper trees.",
        "Calibrated.",
        IN_PRODUCTION,
        "Retrained on February.",
        "Adds **device age**; AUC up by 0.4 points.\n\n" + DESCRIPTION,
    ]
    stages = ["Archived", "Archived", "Archived", "Production", "Staging", None]
    aliases = [[], [], [], ["champion", "eu"], ["challenger"], []]
    for run, text, stage, names in zip(runs, described, stages, aliases, strict=True):
        library.version(
            name,
            run,
            description=text,
            stage=stage,
            aliases=names,
            tags={"validated": "yes", "dataset": "2026-02"},
        )


def _neighbours(library: Library, runs: list[str]) -> None:
    """More models, so that the list is one."""
    for name, text, stage in (
        ("fraud-scoring", "Scores card payments in under 20 ms.", "Production"),
        ("basket-recommender", "What goes with what, per store.", "Staging"),
        ("demand-forecast", "Units per store and day, 28 days ahead.", "Production"),
        ("support-triage", "Routes tickets to a queue.", None),
    ):
        library.model(name, text, {"team": name.split("-")[0]})
        library.version(name, runs[0], stage="Archived")
        library.version(name, runs[1], stage=stage, aliases=["champion"] if stage == "Production" else [])
    library.model("empty-model")
    library.model("retired-model", "Was replaced by `demand-forecast`.")
    library.call("DELETE", "registered-models/delete", name="retired-model")


def _oddities(library: Library, runs: list[str]) -> None:
    """What strains a layout: long, many, foreign and far away."""
    library.model(LONG_NAME, "x" * 400, {"k" * 200: "v" * 400})
    library.version(LONG_NAME, runs[2], description="y" * 300, stage="Staging", aliases=["a" * 120])
    library.model("many-tags", tags={f"tag-{n:02}": f"value {n}" * (1 + n % 4) for n in range(40)})
    library.version(
        "many-tags",
        runs[3],
        aliases=[f"alias-{n}" for n in range(12)],
        tags={f"t{n}": str(n) for n in range(40)},
    )
    library.version("many-tags", runs[3], description="Trained on the wrong month, " * 9, stage="Staging")
    library.call("DELETE", "model-versions/delete", name="many-tags", version="2")
    library.model(RIGHT_TO_LEFT, "نموذج يتنبأ بالمبيعات **الشهرية** لكل متجر.", {"فريق": "مبيعات"})
    library.version(RIGHT_TO_LEFT, runs[4], description="النسخة الأولى", stage="Production")
    library.model(EMOJI, "Will it 🚀 or will it 🧨?", {"mood": "🎉🎉🎉"})
    library.version(EMOJI, source="s3://elsewhere/models/launch", tags={"mood": "🤔"})
