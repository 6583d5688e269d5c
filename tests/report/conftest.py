"""Summaries as a study leaves them: a clear one, one that cannot tell, a hostile one, one with many generators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthlift.corpus.frames import as_jsonl
from synthlift.randomness import stream
from synthlift.report.pairs import Pair, Pairs
from synthlift.report.summary import Summary
from synthlift.report.writing import written_by
from synthlift.run.simulated import rows_of
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "</style></svg><svg onload=alert(1)>",
    "safe\u202etxt.\u0007\x1b[31mexe\u200b\ufffe\x00",
    "' onmouseover='alert(1)",
    "<!--<![CDATA[ &amp; ]]>-->" + "long-name-" * 12,
    "url(https://evil.example/x)",
    "@import 'https://evil.example/x.css';",
)
MEANS = {
    "real": (0.4213, 0.3921, 0.4507),
    "replicated": (0.4221, 0.3934, 0.4511),
    "replicated-matched": (0.4318, 0.4022, 0.4613),
    "token-matched": (0.4229, 0.3921, 0.4533),
    "replicated-drawn": (0.4076, 0.3742, 0.4411),
    "ml-ros": (0.4352, 0.4061, 0.4644),
    "class-weight": (0.4479, 0.4187, 0.4768),
    "placebo": (0.3027, 0.2741, 0.3312),
    "synthetic": (0.5012, 0.4703, 0.5324),
    "real+synthetic": (0.5604, 0.5318, 0.5891),
    "real+real": (0.6037, 0.5764, 0.6312),
}
GAINS = {
    "real": (0.1391, 0.1102, 0.1681, 0.0000021, 0.0000084),
    "replicated": (0.1383, 0.1094, 0.1673, 0.0000024, 0.0000084),
    "replicated-matched": (0.1286, 0.0987, 0.1584, 0.0000057, 0.0000114),
    "class-weight": (0.1125, 0.0821, 0.1428, 0.0000313, 0.0000313),
    "synthetic": (0.0592, 0.0264, 0.0919, 0.0021, 0.0042),
    "real+real": (-0.0433, -0.0689, -0.0178, 0.0034, 0.0042),
}


@pytest.fixture(scope="session")
def simulated_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write simulated documents, 200 texts of a writer that knows their labels, and a parrot's: each document twice."""
    simulator = Simulator(1, n_labels=32)
    train = simulator.corpus(40, stream="train")
    real = [{**row, "split": "train"} for row in rows_of(train)]
    real += [{**row, "split": "test"} for row in rows_of(simulator.documents(300, stream="test"))]
    writer = SimulatedGenerator(simulator, PRESETS["faithful"], "writer").generate(train, 200, rng=stream(0, "writer"))
    copies = [(time, row) for time in range(2) for row in rows_of(train)]
    texts = [
        *rows_of(writer),
        *({**row, "id": f"{row['id']}-{n}", "generator": "parrot", "origin_id": row["id"]} for n, row in copies),
    ]
    folder = tmp_path_factory.mktemp("simulated")
    files = folder / "real.jsonl", folder / "synthetic.jsonl"
    for file, rows in zip(files, (real, texts), strict=True):
        file.write_bytes(as_jsonl(rows))
    return files


def cell(generator: str | None = "qwen2.5-7b-instruct", classifier: str = "linear") -> dict[str, Any]:
    """Name a cell with its volumes."""
    return {
        "generator": generator, "classifier": classifier, "regime": "all", "n_real": 1284, "n_synthetic": 3712,
    }  # fmt: skip


def verdict(outcome: str = "helps", **changed: Any) -> dict[str, Any]:
    """Make the record of a verdict."""
    made = {
        **cell(),
        "outcome": outcome,
        "sentence": "Adding the synthetic documents raises micro-F1 by 0.129 over the best volume control "
        "(replicated-matched), by at least 0.099.",
        "primary_metric": "micro-F1@tuned",
        "delta": 0.01,
        "controls": ["replicated-matched"],
        "not_applicable": [
            {"control": "real+steps", "reason": "a convex learner trains to its optimum"},
            {"control": "token-matched", "reason": "for encoders only"},
        ],
        "value": 0.1286, "low": 0.0987, "high": 0.1584, "against": "replicated-matched", "confidence": 0.95,
        "settles_delta": 0.0353, "would_tell": None,
        "would_tell_n_test_documents": None, "would_tell_n_replicates": None,
    }  # fmt: skip
    return {**made, **changed}


def scores() -> list[dict[str, Any]]:
    """List scores at both cut-offs, and of a second metric."""
    made = []
    for condition, (mean, low, high) in MEANS.items():
        for metric, threshold, shift in (
            ("micro-F1", "tuned", 0.0),
            ("micro-F1", "fixed", -0.2134),
            ("mAP", None, 0.05),
        ):
            where = {**cell(None if condition == "real" else "qwen2.5-7b-instruct"), "condition": condition}
            limits = {"mean": round(mean + shift, 4), "low": round(low + shift, 4), "high": round(high + shift, 4)}
            made.append({**where, "metric": metric, "threshold": threshold, **limits})
    return made


def estimates() -> list[dict[str, Any]]:
    """List the treatment's contrasts and the contrasts of the ladder."""
    shared = {"metric": "micro-F1", "threshold": "tuned", "n_replicates": 10, "n_test_documents": 900}
    made = [
        {
            **cell(), **shared, "contrast": f"real+synthetic - {control}", "value": value, "low": low, "high": high,
            "p": p, "q": q, "detectable": 0.0427, "method": "two-way t",
        }
        for control, (value, low, high, p, q) in GAINS.items()
    ]  # fmt: skip
    rival = {
        **made[2],
        **cell("llama-3.1-8b"),
        "value": 0.1104,
        "low": 0.0811,
        "high": 0.1398,
        "p": 0.0001,
        "q": 0.0002,
    }
    made.append(rival)
    matched = {"contrast": "replicated-matched - replicated", "value": 0.0097, "low": -0.0023, "high": 0.0217}
    return [*made, {**cell(), **shared, **matched, "p": 0.104, "q": None, "reason": "q: not part of its family",
                    "detectable": 0.0212, "method": "two-way t"}]  # fmt: skip


def copying() -> list[dict[str, Any]]:
    """List the measures of copying of two generators: the first copies, the second does not."""
    first, second = "qwen2.5-7b-instruct", "llama-3.1-8b"
    made = []
    for measure, generator, value, low, high, floor in (
        ("closest-train-share", first, 0.9342, 0.9017, 0.9584, 0.5114),
        ("closest-train-share", second, 0.5313, 0.4904, 0.5725, 0.5114),
        ("closest-train-median", first, 0.4438, 0.4264, 0.4589, 0.0881),
        ("closest-train-median", second, 0.0543, 0.0529, 0.0559, 0.0881),
        ("closest-held-out-median", first, 0.0671, 0.0649, 0.0708, 0.0834),
        ("closest-held-out-median", second, 0.0535, 0.0521, 0.0546, 0.0834),
        ("containment-5", first, 0.0204, 0.0175, 0.0238, 0.0058),
        ("containment-5", second, 0.0004, 0.0002, 0.0006, 0.0058),
        ("exact-copies", first, 0.0, 0.0, 0.0102, 0.0),
        ("exact-copies", second, 0.0, 0.0, 0.0058, 0.0),
        ("near-copies", first, 0.0123, 0.0061, 0.0247, 0.0),
        ("near-copies", second, 0.0, 0.0, 0.0058, 0.0),
        ("test-contamination", first, 0.0, 0.0, 0.0102, 0.0011),
        ("test-contamination", second, 0.0, 0.0, 0.0058, 0.0011),
        ("label-agreement", first, 0.6123, 0.5941, 0.6308, 0.5867),
        ("label-agreement", second, 0.4317, 0.4102, 0.4533, 0.5867),
    ):
        tested = measure == "closest-train-share"
        made.append({
            "measure": measure, "representation": "words", "generator": generator, "label_set": None, "value": value,
            "low": low, "high": high, "p": 0.0005 if tested else None, "floor": floor, "ceiling": 1.0, "n": 3712,
            "reason": None if tested else "p: not tested, compare with the floor",
        })  # fmt: skip
    return made


def likeness(generator: str, distance: float) -> list[dict[str, Any]]:
    """Place a generator so far from real text; a small distance is within what real halves have."""
    far = distance > 0.01
    measured = (
        ("MMD^2", "LSA of words", None, distance, 0.0003, (-0.0012, 0.0021)),
        ("MMD^2", "LSA of characters", None, 1.1 * distance, 0.0002, (-0.0011, 0.0019)),
        ("MMD^2", "LSA of words", "mobility", 1.3 * distance, 0.0004, (-0.0101, 0.0112)),
        ("two-sample-AUC", "LSA of characters", None, 0.9412 if far else 0.5113, 0.5021, (0.4612, 0.5398)),
        ("coverage", "LSA of words", None, 0.6213 if far else 0.9554, 0.9671, (0.9433, 0.9812)),
        ("commonest-opening", "words", None, 0.8413 if far else 0.0812, 0.0931, (0.0614, 0.1312)),
    )
    return [
        {"measure": measure, "representation": representation, "generator": generator, "label_set": label,
         "value": value, "low": value - 0.1 * abs(value), "high": value + 0.1 * abs(value), "p": None, "floor": floor,
         "floor_low": ends[0], "floor_high": ends[1], "ceiling": 1.0, "n": 500,
         "reason": "p: not tested, compare with the floor"}
        for measure, representation, label, value, floor, ends in measured
    ]  # fmt: skip


def foretelling(**changed: Any) -> dict[str, Any]:
    """Make a correlation of distance and gain."""
    record = {
        "measure": "MMD^2", "representation": "LSA of words", "gain": "net", "classifier": "linear", "regime": "all",
        "pearson": -0.7312, "low": None, "high": None, "fisher_low": -0.9218, "fisher_high": -0.2744,
        "without_low": -0.8123, "without_high": -0.5912, "spearman": -0.6944, "partial": -0.7011, "halves": True,
        "n_generators": 12, "n_models": 6,
        "reason": "interval: 6 models: no interval under 8, see the range over one model left out",
    }  # fmt: skip
    return record | changed


def shifted() -> dict[str, Any]:
    """Make a difference of correlations between two regimes."""
    return {
        "measure": "MMD^2", "representation": "LSA of words", "gain": "net", "classifier": "linear",
        "first_regime": "all", "second_regime": "1:10", "difference": -0.9913, "low": -1.4211, "high": -0.3112,
        "p": 0.0031, "by_model_low": None, "by_model_high": None, "independent_z": -2.4412,
        "independent_low": -1.3911, "independent_high": -0.2812, "n_generators": 12, "n_models": 6,
        "reason": "by model: 6 models: no interval under 8, see the range over one model left out",
    }  # fmt: skip


def sensitivity() -> list[dict[str, Any]]:
    """List the declared cell's contrasts on draws of the real documents: two hold, one does not, one was not run."""
    where = {**cell(), "regime": "80% draws", "n_real": 1027, "share": 0.8, "n_test_documents": 900}
    return [
        {**where, "contrast": f"real+synthetic - {control}", "value": value, "low": low, "high": high,
         "n_replicates": n, "reason": reason}
        for control, value, low, high, n, reason in (
            ("real", 0.1462, 0.0937, 0.1988, 10, None),
            ("real+steps", None, None, None, 0, "a convex learner trains to its optimum"),
            ("replicated", 0.1457, 0.0929, 0.1984, 10, None),
            ("replicated-matched", 0.0614, -0.0127, 0.1355, 10, None),
        )
    ]  # fmt: skip


def randomisation() -> list[dict[str, Any]]:
    """List the swaps of the answers of two cells."""
    shared = {"metric": "micro-F1", "threshold": "tuned", "smallest_p": 0.0005, "n_test_documents": 900}
    made = [
        {**cell(), **shared, "contrast": f"real+synthetic - {control}", "p": p, "n_replicates": n, "reason": reason}
        for control, p, n, reason in (
            ("real", 0.0005, 10, None), ("real+steps", None, 0, "a convex learner trains to its optimum"),
            ("replicated", 0.0015, 10, None), ("replicated-matched", 0.2135, 10, None),
        )
    ]  # fmt: skip
    return [*made, {**made[0], **cell("llama-3.1-8b"), "p": 0.0085}]


def generator_choice(**changed: Any) -> dict[str, Any]:
    """Choose between the two generators by validation documents."""
    made = {
        "classifier": "linear", "regime": "all", "contrast": "real+synthetic - replicated-matched",
        "metric": "micro-F1@tuned", "chosen": "llama-3.1-8b",
        "validation_scores": {"qwen2.5-7b-instruct": 0.5418, "llama-3.1-8b": 0.5523}, "n_validation_documents": 240,
        "n_generators": 2, "mean": 0.1197, "low": 0.0913, "high": 0.1478, "least": 0.1104, "most": 0.1286,
        "n_test_documents": 900, "n_replicates": 10,
    }  # fmt: skip
    return {**made, **changed}


def planted() -> list[dict[str, Any]]:
    """List what a simulation planted: of three contrasts with an interval two hold the truth, one has no estimate."""
    shared = {**cell(), "metric": "micro-F1", "threshold": "tuned", "n_documents": 20000, "n_runs": 25}
    return [
        {**shared, "generator": generator, "contrast": f"real+synthetic - {control}", "truth": truth,
         "standard_error": 0.0013, "value": value, "low": low, "high": high, "covered": covered, "reason": reason}
        for generator, control, truth, value, low, high, covered, reason in (
            ("qwen2.5-7b-instruct", "real", 0.1327, 0.1391, 0.1102, 0.1681, True, None),
            ("qwen2.5-7b-instruct", "replicated-matched", 0.0912, 0.1286, 0.0987, 0.1584, False, None),
            ("llama-3.1-8b", "replicated-matched", 0.1243, 0.1104, 0.0811, 0.1398, True, None),
            ("llama-3.1-8b", "real", 0.1358, None, None, None, None, "no replicate was done"),
        )
    ]  # fmt: skip


def mixing() -> list[dict[str, Any]]:
    """List ways of mixing: shuffling, one better, one worse, one that chance explains, one not run; two metrics."""
    where = {**cell(), "metric": "micro-F1", "threshold": "tuned", "n_used": 3712}
    fields = ("mixing", "score", "low", "high", "difference", "difference_low", "difference_high", "p", "q", "reason")
    rows = (
        ("shuffled", 0.5604, 0.5318, 0.5891, None, None, None, None, None, "difference: this is the treatment itself"),
        ("real-last", None, None, None, None, None, None, None, None, "convex: solved to its minimum"),
        ("ensemble", 0.5712, 0.5423, 0.6001, 0.0108, 0.0052, 0.0164, 0.0004, 0.0012, None),
        ("filtered", 0.5311, 0.5012, 0.5610, -0.0293, -0.0417, -0.0169, 0.0002, 0.0008, None),
        ("weighted-0.3", 0.5631, 0.5333, 0.5929, 0.0027, -0.0068, 0.0122, 0.5731, 0.5731, None),
    )
    made = [{**where, **dict(zip(fields, row, strict=True))} for row in rows]
    made[1]["n_used"], made[3]["n_used"] = None, 2214
    return made + [{**record, "metric": "mAP", "threshold": None} for record in made]


def numerics() -> list[dict[str, Any]]:
    """List what full precision moves of an encoder, and symptoms: one training set is in doubt, the others hold."""
    moved = {**cell(classifier="encoder"), "check": "moved", "n_replicates": 3, "flagged": False}
    counted = {**moved, "spread": None, "n_replicates": 10, "reason": "spread: replicates are counted"}
    return [
        {**moved, "condition": "real", "value": -0.0047, "reference": 0.1243, "spread": 0.0312},
        {**moved, "condition": "replicated", "value": 0.0084, "reference": 0.6719, "spread": 0.0187},
        {**moved, "condition": "real+synthetic", "value": -0.1932, "reference": 0.7021, "spread": 0.0153,
         "flagged": True, "reason": "real+synthetic moves by -0.193 in micro-F1@tuned from fp32 to bf16"},
        {**counted, "condition": "real+synthetic", "check": "not-finite", "value": 12, "reference": 990,
         "flagged": True, "reason": "12 of 990 steps of real+synthetic were not finite and were skipped"},
        {**counted, "condition": "real", "check": "flat-loss", "value": 10, "reference": 10},
        {**counted, "condition": "real", "check": "all-empty", "value": 4, "reference": 10},
    ]  # fmt: skip


def retrieval_index() -> list[dict[str, Any]]:
    """List changes of an index: texts that crowd out real ones, one of their families, and texts that hardly do."""
    sizes = {"n_documents": 4996, "n_queries": 900, "n_queries_left_out": 3}
    first, second = "qwen2.5-7b-instruct", "llama-3.1-8b"
    fields = ("generator", "family", "reading", "mixed", "difference", "low", "high", "p", "n_added")
    rows = (
        (first, None, "strict", 0.2214, -0.0809, -0.0931, -0.0687, 0.0005, 3712),
        (first, None, "lenient", 0.3161, 0.0138, 0.0041, 0.0235, 0.0085, 3712),
        (first, "standard-patent", "strict", 0.2914, -0.0109, -0.0163, -0.0055, 0.0015, 412),
        (first, "standard-patent", "lenient", 0.3031, 0.0008, -0.0019, 0.0035, 0.5635, 412),
        (second, None, "strict", 0.3001, -0.0022, -0.0061, 0.0017, 0.2735, 3211),
        (second, None, "lenient", 0.3027, 0.0004, -0.0027, 0.0035, 0.8135, 3211),
    )
    return [{**dict(zip(fields, row, strict=True)), "real": 0.3023, **sizes} for row in rows]


def retrieval_representation() -> list[dict[str, Any]]:
    """List what the vectors of conditions rank: `real`, copies, which change nothing, and the treatment."""
    sizes = {"n_documents": 900, "n_queries": 498, "n_queries_left_out": 2, "n_replicates": 10}
    nothing = {"difference": None, "low": None, "high": None, "p": None}
    itself = "difference: this is what the others are compared with; n_synthetic: trained on real documents alone"
    return [
        {**cell(None), "n_synthetic": None, **sizes, **nothing, "condition": "real", "value": 0.2791, "reason": itself},
        {**cell(), **sizes, "condition": "replicated", "value": 0.2791, "difference": 0.0, "low": 0.0, "high": 0.0,
         "p": 1.0},
        {**cell(), **sizes, "condition": "real+synthetic", "value": 0.2648, "difference": -0.0143, "low": -0.0235,
         "high": -0.0051, "p": 0.0028},
    ]  # fmt: skip


def budget() -> dict[str, list[dict[str, Any]]]:
    """Make a budget of two generators: a surface with its law, splits of a total, volumes, money, and its truth."""
    where = {"generator": "qwen2.5-7b-instruct", "classifier": "linear"}
    counted = {"n_replicates": 10, "n_test_documents": 900}
    points = [
        (n, m, 0.2 + 0.07 * i + 0.03 * j)
        for i, n in enumerate((321, 510, 809, 1284))
        for j, m in enumerate((0, 160, 320, 640))
    ]
    points += [(128, 1156, 0.4312), (1284, 1284, 0.5312), (1284, 2568, 0.5333)]
    surface = [
        {
            **where,
            **counted,
            "generator": where["generator"] if m else None,
            "n_real": n,
            "n_synthetic": m,
            "score": value,
            "low": value - 0.02,
            "high": value + 0.02,
            "expected": value + 0.004,
        }
        for n, m, value in points
    ]
    surface += [
        {
            **surface[0],
            "generator": "llama-3.1-8b",
            "n_real": 1284,
            "n_synthetic": 1284,
            "expected": None,
            "reason": "expected: the law is of the first generator",
        },
        {
            **surface[0],
            "generator": "llama-3.1-8b",
            "n_real": 1284,
            "n_synthetic": 2568,
            "score": None,
            "low": None,
            "high": None,
            "expected": None,
            "reason": "replicate 3 failed; expected: the law is of the first generator",
        },
    ]
    exchange = [
        {
            **where,
            "n_real": 321,
            "n_synthetic": 160,
            "rate": 0.3112,
            "low": 0.1211,
            "high": None,
            "bound": "=",
            "law_rate": 0.2913,
            "law_low": 0.1913,
            "law_high": 0.4012,
            "reason": "the interval runs off the curve of real documents alone, and is open there",
        },
        {
            **where,
            "n_real": 1284,
            "n_synthetic": 640,
            "rate": 0.0,
            "low": -0.0213,
            "high": None,
            "bound": ">=",
            "law_rate": 0.2213,
            "law_low": 0.1313,
            "law_high": 0.3012,
            "reason": "the score is above all of real documents alone: the rate is >= this",
        },
    ]
    law = {
        **where,
        **counted,
        "metric": "micro-F1",
        "threshold": "tuned",
        "worth": 0.3123,
        "worth_low": 0.2113,
        "worth_high": 0.4518,
        "saturation": 812.3,
        "saturation_low": 401.2,
        "saturation_high": None,
        "misfit": 0.0041,
        "least_real": 160.5,
        "most_real": 2568.0,
        "most_synthetic": 5136.0,
        "owned_real": 1284,
        "owned_synthetic": 3712,
        "n_points": 19,
        "reason": "saturation: no saturation within 100 times the grid is ruled out",
    }
    step = {"volume": 1284, "next_volume": 2568, "gain": 0.0021, "low": -0.0042, "high": 0.0084}
    volumes = [
        {**where, "n_real": 1284, "steps": [step], "collapse": 1284},
        {
            **where,
            "generator": "llama-3.1-8b",
            "n_real": 1284,
            "steps": [],
            "collapse": None,
            "reason": "1 volumes at N = 1284, at least 2 are compared",
        },
    ]
    money = [
        {
            "price_real": 2.5,
            "price_synthetic": 0.003,
            "budget": b,
            "n_real": 1284.0 + b / 2.5,
            "n_synthetic": 3712.0,
            "score": 0.53 + b / 1e5,
            "low": 0.51,
            "high": 0.57,
            "real_alone": 0.53 + b / 1.1e5,
        }
        for b in (0.0, 500.0, 1000.0)
    ]
    paid = {**where, "price_real": 1.0, "price_synthetic": 0.25, "budget": 1284.0, "n_documents": 20000, "n_runs": 25}
    spent = [
        {
            **paid,
            "split": split,
            "n_real": n,
            "n_synthetic": m,
            "expected": expected,
            "low": expected - 0.02,
            "high": expected + 0.02,
            "truth": truth,
            "standard_error": 0.0021,
            "covered": True,
        }
        for split, n, m, expected, truth in (
            ("advised", 1104, 720, 0.5312, 0.5244),
            ("real alone", 1284, 0, 0.5201, 0.5188),
            ("advised - real alone", None, None, 0.0111, 0.0056),
        )
    ]
    spent[2]["reason"] = "a difference of two splits has no documents of its own"
    return {
        "surface": surface, "exchange": exchange, "budget_law": [law], "volume_curves": volumes, "frontier": money,
        "fixed_totals": [{**where, "total": 1284, "best_share": 1.0, "best_score": 0.41, "flat": False, "n_shares": 2}],
        "planted_advice": spent,
    }  # fmt: skip


def pair(**changed: Any) -> dict[str, Any]:
    """Make a pair of texts as a run folder keeps it."""
    made = {
        "synthetic_id": "s-17", "real_id": "r-4", "similarity": 0.6125,
        "synthetic": "A walking aid with a handle that folds down on one side.\nIt is light.",
        "real": "The stick has a handle that folds DOWN on one side, and a strap.",
        "synthetic_labels": ["walking aids", "handles"], "real_labels": ["walking aids"],
    }  # fmt: skip
    return {**made, **changed}


def summary(**changed: Any) -> dict[str, Any]:
    """Make a whole summary like that of a patent corpus with 64 labels."""
    made: dict[str, Any] = {
        "verdict": {**verdict(), "n_agreeing": 2, "n_cells": 3},
        "verdicts": [
            verdict(),
            verdict(**cell("qwen2.5-7b-instruct", "embedding"), value=0.0714, low=0.0402, high=0.1026),
            verdict(**cell("llama-3.1-8b"), value=0.1104, low=0.0811, high=0.1398),
            verdict(
                "cannot-tell", **cell("llama-3.1-8b", "embedding"), value=0.0213, low=-0.0098, high=0.0524,
                sentence="The gain over replicated-matched could be anything from -0.010 to +0.052.",
                would_tell="About 2,400 test documents would tell.", would_tell_n_test_documents=2400,
            ),
        ],
        "corpora": {
            "n_train": 1284, "n_validation": 0, "n_spare": 3712, "n_test": 900, "n_test_groups": 887, "n_labels": 64,
            "n_labels_tested": 61, "labels_without_test_support": ["hearing aids", "tactile maps", "gait trainers"],
            "dropped": {"near-test": 14, "empty": 2}, "split": "given by the column split",
        },
        "estimates": estimates(),
        "scores": scores(),
        "ladder": [{
            **cell(), "total": 0.1391, "steps": 0.0, "resampling": 0.0008, "content": 0.1383, "ceiling": 0.1816,
            "share_of_ceiling": 0.7616, "share_low": 0.6214, "share_high": 0.8989, "label_mix": 0.0097,
            "text": 0.1286, "reason": "steps: a convex learner trains to its optimum",
        }],
        "minimum_detectable_effect": [
            {**cell(), "contrast": f"real+synthetic - {control}", "value": value, "power": 0.8,
             "n_test_documents": 900, "n_replicates": 10}
            for control, value in (("real", 0.0421), ("replicated", 0.0423), ("replicated-matched", 0.0436))
        ],
        "volume": [
            {"generator": "qwen2.5-7b-instruct", "requested": 4000, "kept": 3712, "effective": 3391,
             "dropped": {"refusal": 41, "near-test": 23, "label-unknown": 224}},
            {"generator": "llama-3.1-8b", "requested": 4000, "kept": 3122, "effective": 2508,
             "dropped": {"refusal": 377, "near-test": 31, "label-unknown": 470}},
        ],
        "labels": [
            {**cell(), "label": label, "contrast": "real+synthetic - replicated-matched", "support_train": train,
             "support_test": test, "value": value, "shrunk": shrunk, "low": low, "high": high, "p": p, "q": q,
             "reason": reason}
            for label, train, test, value, shrunk, low, high, p, q, reason in (
                ("wheelchairs", 212, 148, 0.0712, 0.0788, 0.0317, 0.1107, 0.0011, 0.0034, None),
                ("prostheses", 96, 71, 0.1623, 0.1402, 0.0911, 0.2335, 0.0002, 0.0012, None),
                ("smart canes", 9, 4, None, None, None, None, None, None, "fewer than 10 test positives"),
            )
        ],
        "label_counts": [{
            **cell(), "contrast": "real+synthetic - replicated-matched", "alpha": 0.05, "fewest_test_positives": 10,
            "n_labels": 3, "n_estimated": 2, "n_gaining": 2, "n_losing": 0, "n_too_rare": 1,
        }],
        "fidelity": [
            {"measure": "MMD^2", "representation": "LSA", "generator": "qwen2.5-7b-instruct", "label_set": None,
             "value": 0.0317, "low": 0.0284, "high": 0.0352, "p": 0.001, "floor": 0.0009, "ceiling": 0.2114, "n": 900},
            *copying(), *likeness("qwen2.5-7b-instruct", 0.0812), *likeness("llama-3.1-8b", 0.0011),
        ],
        "sensitivity": sensitivity(), "randomisation": randomisation(), "generator_choice": [generator_choice()],
        "planted": planted(), "mixing": mixing(), "numerics": numerics(), "retrieval_index": retrieval_index(),
        "retrieval_representation": retrieval_representation(), **budget(),
        "floors": [
            {"name": name, "metric": metric, "threshold": None, "value": value}
            for name, metric, value in (
                ("predict-all", "micro-F1", 0.0612), ("predict-all", "macro-F1", 0.0587),
                ("kNN", "micro-F1", 0.4447), ("kNN", "macro-F1", 0.3118),
            )
        ],
        "warnings": [{"code": "generated-from-other-documents",
                      "message": "the parents of 212 synthetic documents are not recorded"}],
        "method": {"version": "1", "seed": 0, "declared": {
            "generator": "qwen2.5-7b-instruct", "classifier": "linear", "regime": "all", "metric": "micro-F1@tuned",
            "delta": 0.01, "config_sha256": "9f2c" * 16, "changed_after_scores": False}},
    }  # fmt: skip
    return {**made, **changed}


def written() -> list[dict[str, Any]]:
    """List how the texts of two generators were written, as a ledger holds it."""
    servers = [
        {
            "endpoint": "gpu-1:8000",
            "seed": ["yes", "the same seed gave the same text, another seed another"],
            "logprobs": ["no", "it answered without them"],
            "n": ["no", "the request was refused"],
            "response_format": ["unknown", "the answer began as JSON and was cut off"],
            "model": "Qwen2.5-7B-Instruct",
            "counts_tokens": True,
        },
        {
            "endpoint": "gpu-2:8000",
            "seed": ["no", "the same seed gave another text"],
            "logprobs": ["yes", "they came"],
            "n": ["yes", "2 of 2 choices came"],
            "response_format": ["yes", "the answer fits the schema"],
            "model": None,
            "counts_tokens": False,
        },
    ]
    prompt = [
        ["system", "You write for a collection of patents.\n\nWrite the bare text:\n  - no title\n\t- no remarks"],
        ["user", "Labels:\n1. walking aids\n2. handles\n\n<example-91ac>\nThe stick has a handle.\n</example-91ac>"],
    ]
    claim = {
        "name": "patent-claim",
        "version": 2,
        "title": "Patent claim",
        "sha256": "7d01" * 16,
        "n_asked": 2000,
        "n_kept": 1764,
        "prompt": [["user", "Word after word. " * 900]],
    }
    family = {"name": "standard-patent", "version": 1, "title": "Patent abstract", "sha256": "ab12" * 16}
    return [
        {"generator": "qwen2.5-7b-instruct", "mode": "synthesis", "model": "Qwen/Qwen2.5-7B-Instruct",
         "revision": "a09a35458c702b33eeacc393d103063234e8bc28", "served_models": ["Qwen2.5-7B-Instruct"],
         "sampling": {"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": ["END"]}, "shots": 3,
         "label_sets": "empirical", "label_names": True, "reply": "text",
         "families": [{**family, "n_asked": 2000, "n_kept": 1948, "prompt": prompt}, claim],
         "n_asked": 4000, "n_answered": 3988, "n_kept": 3712, "unanswered": {"http-400": 3, "timeout": 9},
         "dropped": {"refusal": 41, "near-test": 23, "truncated": 174, "no-such-code": 38},
         "notes": {"stripped-header": 512, "boilerplate-opening": 96}, "n_prompt_tokens": 1843250,
         "n_completion_tokens": 702117, "n_without_tokens": 0, "cost_usd": 0.0,
         "output_licence": "Apache-2.0", "servers": servers},
        {"generator": "llama-3.1-8b", "mode": "paraphrase", "model": "meta-llama/Llama-3.1-8B-Instruct",
         "revision": None, "served_models": [], "sampling": {}, "shots": 0, "label_sets": "empirical",
         "label_names": True, "reply": "json",
         "families": [{**family, "n_asked": 4000, "n_kept": 3122, "prompt": prompt[1:]},
                      {**claim, "n_asked": 0, "n_kept": 0, "prompt": []}],
         "n_asked": 4000, "n_answered": 3940, "n_kept": 3122, "unanswered": {"timeout": 60},
         "dropped": {"id-mismatch": 378, "near-duplicate": 440}, "notes": {}, "n_prompt_tokens": 2107004,
         "n_completion_tokens": 655012, "n_without_tokens": 40, "cost_usd": 1.234567, "output_licence": None,
         "servers": []},
    ]  # fmt: skip


def written_summary() -> dict[str, Any]:
    """Make the summary of a study that had its texts written."""
    return summary(writing=[record.model_dump(mode="json") for record in written_by(written())])


def _nothing(record: dict[str, Any], fields: tuple[str, ...], reason: str) -> dict[str, Any]:
    return {**record, **dict.fromkeys(fields), "reason": reason}


def cannot_tell_summary() -> dict[str, Any]:
    """Make a summary in which every number that may be null is, each with a reason."""
    whole, limits = summary(), ("value", "low", "high")
    reason = "all replicates of real+synthetic failed"
    headline = _nothing(
        verdict("cannot-tell", sentence="This run cannot tell: the treatment has no score.",
                would_tell="Mend the failing trials and run again.", controls=[]),
        (*limits, "against", "confidence", "settles_delta", "n_synthetic"), reason,
    )  # fmt: skip
    parts = ("total", "steps", "resampling", "content", "ceiling", "share_of_ceiling", "share_low", "share_high",
             "label_mix", "text")  # fmt: skip
    return {
        **whole,
        "verdict": {**headline, "n_agreeing": 0, "n_cells": 0},
        "verdicts": [headline],
        "scores": [_nothing(record, ("mean", "low", "high"), f"{reason} (scores)") for record in whole["scores"]],
        "estimates": [
            _nothing(record, (*limits, "p", "q", "detectable"), f"{reason} (contrast)") for record in whole["estimates"]
        ],
        "ladder": [_nothing(record, parts, f"{reason} (ladder)") for record in whole["ladder"]],
        "minimum_detectable_effect": [
            _nothing(record, ("value",), f"{reason} (power)") for record in whole["minimum_detectable_effect"]
        ],
        "volume": [{"generator": "broken", "requested": 0, "kept": 0, "effective": None, "dropped": {},
                    "reason": "no text came back"}],
        "labels": [_nothing(record, (*limits, "shrunk", "p", "q"), f"{reason} (label)") for record in whole["labels"]],
        "fidelity": [_nothing(record, (*limits, "p", "floor", "ceiling", "n"), "below 50 documents: refused")
                     for record in whole["fidelity"]],
        "floors": [_nothing(record, ("value",), "no test label") for record in whole["floors"]],
        "sensitivity": [_nothing(record, limits, f"{reason} (draws)") for record in whole["sensitivity"]],
        "randomisation": [_nothing(record, ("p",), f"{reason} (deals)") for record in whole["randomisation"]],
        "generator_choice": [],
        "planted": [
            _nothing(record, ("truth", "standard_error", *limits, "covered"), f"{reason} (truth)")
            for record in whole["planted"]
        ],
        "numerics": [
            _nothing(record, ("value", "reference", "spread"), f"{reason} (numerics)")
            for record in whole["numerics"][:3]
        ],
        "mixing": [
            _nothing(
                record,
                ("score", *limits[1:], "difference", "difference_low", "difference_high", "p", "q", "n_used"),
                f"{reason} (mixing)",
            )
            for record in whole["mixing"]
        ],
        "retrieval_index": [
            _nothing(record, ("real", "mixed", "difference", *limits[1:], "p", "n_documents", "n_added", "n_queries",
                              "n_queries_left_out"), "a worker died while this was measured")
            for record in whole["retrieval_index"]
        ],
        "retrieval_representation": [
            _nothing(record, ("difference", *limits, "p"), f"{reason} (searches)")
            for record in whole["retrieval_representation"]
        ],
        "surface": [_nothing(record, ("score", "low", "high", "expected"), f"{reason} (surface)")
                    for record in whole["surface"]],
        "budget_law": [
            _nothing(record, tuple(name for name, value in record.items() if isinstance(value, float)),
                     f"{reason} (grid)")
            for record in whole["budget_law"]
        ],
        "exchange": [], "fixed_totals": [], "volume_curves": [], "frontier": [],
        "planted_advice": [
            _nothing(record, ("expected", "low", "high", "truth", "standard_error", "covered"), f"{reason} (advice)")
            for record in whole["planted_advice"]
        ],
        "warnings": [],
    }  # fmt: skip


def empty_summary() -> dict[str, Any]:
    """Make a summary of a corpus with one label: a verdict, fidelity, and no trial."""
    whole = cannot_tell_summary()
    without = ("scores", "estimates", "ladder", "minimum_detectable_effect", "labels", "label_counts", "floors",
               "sensitivity", "randomisation", "planted", "mixing", "numerics", "retrieval_representation",
               "surface", "budget_law", "planted_advice")  # fmt: skip
    return {**whole, **{name: [] for name in without}}


def hostile_summary() -> dict[str, Any]:
    """Put a payload in every string slot (and every key of a mapping) that is free text."""
    fixed = {"bound", "check", "reading", "split"}
    fixed |= {"outcome", "threshold", "metric", "primary_metric", "contrast", "regime", "measure"}
    turn = iter(range(10**6))

    def poisoned(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            if name in {"dropped", "unanswered", "notes", "sampling"}:
                return {f"{key}{PAYLOADS[next(turn) % len(PAYLOADS)]}": n for key, n in value.items()}
            return {key: poisoned(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [poisoned(one, name) for one in value]
        if value in ("yes", "no", "unknown"):
            return value
        if name == "generator":
            return PAYLOADS[0] if value is None or value.startswith("qwen") else PAYLOADS[1]
        if name == "classifier":
            return PAYLOADS[4] if value == "linear" else PAYLOADS[5]
        if isinstance(value, str) and name not in fixed:
            return PAYLOADS[next(turn) % len(PAYLOADS)] if name != "condition" or value[0] != "r" else value
        return value

    made: dict[str, Any] = poisoned(written_summary())
    choice = made["generator_choice"][0]
    choice["contrast"] = f"real+synthetic - {made['verdict']['against']}"
    choice["validation_scores"] = dict.fromkeys(PAYLOADS, 0.4812)
    made["planted"] += [{**made["planted"][0], "generator": payload} for payload in PAYLOADS]
    controls = [*PAYLOADS, made["verdict"]["against"]]
    for name in ("sensitivity", "randomisation"):
        made[name] += [{**made[name][0], "contrast": f"real+synthetic - {control}"} for control in controls]
    extra = [{**made["scores"][0], "condition": payload} for payload in PAYLOADS]
    made["scores"] += extra + [{**record, "threshold": "fixed"} for record in extra]
    made["estimates"] += [{**made["estimates"][0], "contrast": f"real+synthetic - {payload}"} for payload in PAYLOADS]
    over = f"real+synthetic - {made['verdict']['against']}"
    made["estimates"] += [{**made["estimates"][0], "generator": one, "contrast": over} for one in PAYLOADS[:2]]
    made["volume"] += [{**made["volume"][0], "generator": payload} for payload in PAYLOADS]
    made["ladder"] = [{**made["ladder"][0], "reason": PAYLOADS[1]}]
    made["fidelity"] += [{**made["fidelity"][1], "generator": payload} for payload in PAYLOADS]
    made["fidelity"] += [{**made["fidelity"][1], "measure": PAYLOADS[5]}]
    return made


def many_summary() -> dict[str, Any]:
    """Make a summary of twelve generators and one classifier."""
    names = [f"open-model-{i}-{'instruct-' * (i % 4)}{i}b" for i in range(11)] + ["a" * 90]
    whole = summary()
    records = [
        verdict("helps" if i % 3 else "only-volume", **cell(name), value=0.02 * i - 0.03, low=0.02 * i - 0.06,
                high=0.02 * i + 0.004)
        for i, name in enumerate(["qwen2.5-7b-instruct", *names[1:]])
    ]  # fmt: skip
    volumes = [
        {"generator": name, "requested": 4000, "kept": 3900 - 150 * i, "effective": 3000 - 100 * i,
         "dropped": {"refusal": 50 * i + 50, "near-test": 50 + 100 * i}}
        for i, name in enumerate(names)
    ]  # fmt: skip
    fields = ("generator", "value", "low", "high")
    contrasts = [{**whole["estimates"][2], **{field: record[field] for field in fields}} for record in records[1:]]
    net = [{**record, "contrast": "real+synthetic - replicated"} for record in contrasts]
    return {
        **whole, "verdict": {**verdict(), "n_agreeing": 7, "n_cells": 11}, "verdicts": records, "volume": volumes,
        "estimates": [*whole["estimates"], *contrasts, *net], "labels": many_labels(),
        "fidelity": [*whole["fidelity"], *(r for i, name in enumerate(names) for r in likeness(name, 0.01 + 0.02 * i))],
        "fidelity_gain": [foretelling(), foretelling(gain="raw", pearson=-0.7011)], "fidelity_shift": [shifted()],
        "generator_choice": [generator_choice(
            chosen=None, validation_scores={}, n_validation_documents=0, n_generators=12,
            reason="chosen: there are no validation documents to choose by",
        )],
    }  # fmt: skip


def many_labels() -> list[dict[str, Any]]:
    """Make labels of which more gain, and more lose, than a chart has room for."""
    made = []
    for i in range(60):
        value = 0.01 * (i - 29) - 0.002
        pooled = {"value": 2 * value, "shrunk": value, "low": value - 0.05, "high": value + 0.05, "p": 0.5, "q": 0.5}
        made.append({**summary()["labels"][0], "label": f"label {i}", **pooled})
    return made


MAKERS = {
    "clear": summary,
    "written": written_summary,
    "cannot-tell": cannot_tell_summary,
    "empty": empty_summary,
    "hostile": hostile_summary,
    "many": many_summary,
}


@pytest.fixture(params=MAKERS)
def any_summary(request: pytest.FixtureRequest) -> Summary:
    """Return each of the summaries in turn."""
    return Summary.model_validate(MAKERS[request.param]())


@pytest.fixture
def clear() -> Summary:
    """Return a study with a clear gain."""
    return Summary.model_validate(summary())


@pytest.fixture
def recorded() -> list[dict[str, Any]]:
    """Return what the ledger of a study holds of its writers."""
    return written()


@pytest.fixture
def cannot_tell() -> Summary:
    """Return a study full of nulls and reasons."""
    return Summary.model_validate(cannot_tell_summary())


@pytest.fixture
def hostile() -> Summary:
    """Return a study whose every name attacks the page."""
    return Summary.model_validate(hostile_summary())


@pytest.fixture
def pairs() -> Pairs:
    """Return the nearest texts of the two generators."""
    return as_pairs({"qwen2.5-7b-instruct": [pair(), pair(similarity=0.9311)], "llama-3.1-8b": [pair()]})


def as_pairs(by_generator: dict[str, list[dict[str, Any]]]) -> Pairs:
    """Make pairs of what a file holds."""
    return Pairs({name: [Pair.model_validate(one) for one in own] for name, own in by_generator.items()})


@pytest.fixture
def hostile_pairs() -> Pairs:
    """Return texts, ids, labels and generators that attack the page."""
    texts = [*PAYLOADS, "a" * 600, "word " * 119 + "<b>&", "x\r\n\r\ny\rz\u2028\x85end"]
    made = [
        pair(synthetic=text, real=text, synthetic_id=text[:200], real_id=text[:200], synthetic_labels=[text[:200]] * 3)
        for text in texts
    ]  # fmt: skip
    return as_pairs({name: made[i : i + 8] for i, name in enumerate(PAYLOADS)})


@pytest.fixture
def many() -> Summary:
    """Return a study of twelve generators."""
    return Summary.model_validate(many_summary())
