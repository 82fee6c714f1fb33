"""Decides whether a higher or a lower value of a metric is better; the rule is here and nowhere else.

A registered model, or an experiment, states it for a metric with a tag, `greenroom.metric.direction.<key>` set
to `higher`, `lower` or `none`. Without one, the words of the metric's name decide; a name without a
known word has no direction, since a wrong judgement is worse than none.
"""

import enum
import functools
import re
from collections.abc import Mapping

from app.core import mlflow_tags

TAG = mlflow_tags.METRIC_DIRECTION


class Direction(enum.Enum):
    """Which way a metric gets better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


# These count at the end of a word, too: `logloss`, `val_bce_loss`, `rmse`, `train_time`.
_LOWER_ENDS = ("loss", "error", "latency", "rmse", "mse", "mae", "mape", "rmsle", "deviance", "divergence")
_LOWER = frozenset(
    {
        "aic",
        "bic",
        "brier",
        "cer",
        "cost",
        "drift",
        "duration",
        "ece",
        "eer",
        "err",
        "errors",
        "fdr",
        "fid",
        "fnr",
        "fpr",
        "latencies",
        "losses",
        "minutes",
        "ms",
        "nll",
        "penalty",
        "perplexity",
        "ppl",
        "regret",
        "residual",
        "residuals",
        "runtime",
        "seconds",
        "time",
        "wer",
    }
)
_HIGHER_ENDS = ("accuracy", "auc", "auroc", "precision", "recall", "score", "likelihood")
_HIGHER = frozenset(
    {
        "acc",
        "ap",
        "aucpr",
        "bleu",
        "cider",
        "coverage",
        "dice",
        "f1",
        "f2",
        "fbeta",
        "gain",
        "gini",
        "hits",
        "iou",
        "kappa",
        "ks",
        "lift",
        "map",
        "mcc",
        "meteor",
        "mrr",
        "ndcg",
        "npv",
        "ppv",
        "psnr",
        "r2",
        "reward",
        "rouge",
        "sensitivity",
        "specificity",
        "ssim",
        "throughput",
        "tnr",
        "tpr",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*")


def of(key: str, *tags: Mapping[str, str]) -> Direction:
    """Returns the direction of the metric `key`: from the first of `tags` that states one, else by its name."""
    for tag_values in tags:
        direction = tag_values.get(TAG + key, "").strip().lower()
        if direction in ("higher", "lower", "none"):
            return Direction(direction)
    return by_name(key)


@functools.lru_cache(maxsize=4096)
def by_name(key: str) -> Direction:
    """Returns the direction that a metric's name implies; `neg_log_loss` is a loss with the sign reversed.

    A word for less weighs more than one for more: `f1_loss` is a loss, `score_time` a time.
    """
    words = [word.lower() for word in _WORD.findall(key)]
    if any(word in _LOWER or word.endswith(_LOWER_ENDS) for word in words):
        direction = Direction.LOWER
    elif any(word in _HIGHER or word.endswith(_HIGHER_ENDS) for word in words):
        direction = Direction.HIGHER
    else:
        return Direction.NONE
    return _OPPOSITE[direction] if words[0] in ("neg", "negative") else direction


_OPPOSITE = {Direction.HIGHER: Direction.LOWER, Direction.LOWER: Direction.HIGHER}
