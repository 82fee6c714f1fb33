"""Whether more or less of a metric is better: the one home of that rule.

A registered model, or an experiment, says it of a metric with a tag, `greenroom.metric.direction.<key>` set
to `higher`, `lower` or `none`. Without one the metric's name decides, word by word; of a name without a
telling word nothing is said, since a wrong judgement is worse than none.
"""

import enum
import functools
import re
from collections.abc import Mapping

TAG = "greenroom.metric.direction."


class Direction(enum.Enum):
    """Which way a metric gets better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


# What is told by the end of a word, too: `logloss`, `val_bce_loss`, `rmse`, `train_time`.
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
    """The direction of the metric `key`, as the first of `tags` says that says anything, else by its name."""
    for some in tags:
        said = some.get(TAG + key, "").strip().lower()
        if said in ("higher", "lower", "none"):
            return Direction(said)
    return by_name(key)


@functools.lru_cache(maxsize=4096)
def by_name(key: str) -> Direction:
    """The direction that the words of a metric's name tell; `neg_log_loss` is a loss turned round.

    A word for less weighs more than one for more: `f1_loss` is a loss, `score_time` a time.
    """
    words = [word.lower() for word in _WORD.findall(key)]
    if any(word in _LOWER or word.endswith(_LOWER_ENDS) for word in words):
        told = Direction.LOWER
    elif any(word in _HIGHER or word.endswith(_HIGHER_ENDS) for word in words):
        told = Direction.HIGHER
    else:
        return Direction.NONE
    return _OPPOSITE[told] if words[0] in ("neg", "negative") else told


_OPPOSITE = {Direction.HIGHER: Direction.LOWER, Direction.LOWER: Direction.HIGHER}
