"""Interviews: one wide row a respondent, as a survey agency delivers them."""

from __future__ import annotations

import numpy as np

from data.generate import story
from data.generate.places import CITIES, ELEMENTS

EXPECTED = {
    "complaint_service": 89.0,
    "tariff": 87.2,
    "hotline": 86.5,
    "price": 85.2,
    "mobile_data": 87.4,
    "staff": 86.1,
}
SUB = {"hotline": ["解决问题能力", "服务人员态度"], "e_channel": ["易用性"]}
SEGMENTS, CHANNELS, METHODS = (
    ["大众客户", "商务客户", "校园客户"],
    ["营业厅", "热线", "网上营业厅", "客户端"],
    ["电话访问", "短信问卷"],
)
ASKED = 8
RIVAL_ASKED = ("coverage", "mobile_data", "tariff", "price", "hotline", "store")


def _latent_table(scale_top: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Latent means and the 0–100 means they give on a rounded, cut scale of 1–10 with spread 2.1."""
    from math import erf

    mu = np.linspace(3, 14, 400)
    cut = np.arange(1.5, scale_top, 1.0)
    below = np.array([[0.5 * (1 + erf((c - m) / (2.1 * 2**0.5))) for c in cut] for m in mu])
    mean = scale_top - below.sum(axis=1)
    return mu, (mean - 1) / (scale_top - 1) * 100


_MU, _MEAN = _latent_table()


def latent(points) -> np.ndarray:
    """The latent mean that gives a mean score of ``points``."""
    return np.interp(points, _MEAN, _MU)


def answers(rng: np.random.Generator, points: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Scores 1–10 with the means ``points``, correlated within a person."""
    noise = 0.55 * person + np.sqrt(1 - 0.55**2) * rng.standard_normal(points.shape)
    return np.clip(np.rint(latent(points) + 2.1 * noise), 1, 10).astype(int)


def interviews(rng: np.random.Generator) -> dict[tuple[int, int], list[list]]:
    """Month → rows in the order of ``heading()``; blanks are None."""
    codes = [e[0] for e in ELEMENTS]
    means = np.array([e[4] for e in ELEMENTS])
    names = list(CITIES)
    shares = np.array([CITIES[c][6] for c in names], float)
    drift = dict(zip(names, rng.normal(0, 0.7, len(names)), strict=True))
    drift |= {story.FALL_CITY: -0.3, story.STORE_CITY: 0.2}
    months: dict[tuple[int, int], list[list]] = {}
    for position, month in enumerate(story.MONTHS):
        sizes = 60 + rng.multinomial(1000 - 60 * len(names), shares / shares.sum())
        rows: list[list] = []
        for city, n in zip(names, sizes, strict=True):
            person = rng.standard_normal((n, 1))
            at = means + drift[city]
            at = at.copy()
            at[codes.index("mobile_data")] += story.mobile_points(city, month)
            if city == story.FALL_CITY and position >= 18:
                at[codes.index(story.FALL_ELEMENT)] += story.FALL_POINTS[position - 18]
            scores = answers(rng, np.repeat(at[None, :], n, axis=0), person)
            overall = answers(rng, np.full((n, 1), 82.6 + drift[city]), 1.4 * person)[:, 0]
            recommend = np.clip(
                np.rint(8.45 + 0.22 * drift[city] + 1.3 * person[:, 0] + 1.5 * rng.standard_normal(n)), 0, 10
            )
            asked = np.argsort(rng.random((n, len(codes))), axis=1)[:, :ASKED]
            expected = {c: answers(rng, np.full((n, 1), v), person)[:, 0] for c, v in EXPECTED.items()}
            subs = {
                c: [
                    answers(rng, np.full((n, 1), at[codes.index(c)] + shift), person)[:, 0]
                    for shift in (-2.0, 2.5)[: len(SUB[c])]
                ]
                for c in SUB
            }
            weight = np.round(shares[names.index(city)] / shares.sum() * 1000 / n, 3)
            segment, channel, method = rng.integers(0, 3, n), rng.integers(0, 4, n), (rng.random(n) < 0.3).astype(int)
            for i in range(n):
                own = set(asked[i])
                row = [
                    None,
                    None,
                    city,
                    SEGMENTS[segment[i]],
                    CHANNELS[channel[i]],
                    METHODS[method[i]],
                    float(weight),
                    "本网",
                    "10分制",
                    int(overall[i]),
                    int(recommend[i]),
                ]
                row += [int(scores[i, k]) if k in own else None for k in range(len(codes))]
                row += [int(expected[c][i]) if codes.index(c) in own else None for c in EXPECTED]
                row += [int(v[i]) if codes.index(c) in own else None for c in SUB for v in subs[c]]
                rows.append(row)
        rows += _rivals(rng, codes, means, names)
        for number, row in enumerate(rows, 1):
            row[0] = f"S{month[0] % 100}{month[1]:02d}{number:04d}"
            row[1] = month
        months[month] = rows
    return months


def _rivals(rng: np.random.Generator, codes: list[str], means: np.ndarray, names: list[str]) -> list[list]:
    n, rows = 250, []
    person = rng.standard_normal((n, 1))
    shift = np.array([{"tariff": 3.5, "price": 3.0, "coverage": -3.0, "mobile_data": -1.0}.get(c, -0.5) for c in codes])
    scores = answers(rng, np.repeat((means + shift)[None, :], n, axis=0), person)
    overall = answers(rng, np.full((n, 1), 81.4), 1.4 * person)[:, 0]
    place, segment = rng.integers(0, len(names), n), rng.integers(0, 3, n)
    for i in range(n):
        row = [
            None,
            None,
            names[place[i]],
            SEGMENTS[segment[i]],
            "",
            METHODS[0],
            1.0,
            story.COMPETITOR,
            "10分制",
            int(overall[i]),
            None,
        ]
        row += [int(scores[i, k]) if code in RIVAL_ASKED else None for k, code in enumerate(codes)]
        rows.append(row + [None] * (len(EXPECTED) + sum(len(v) for v in SUB.values())))
    return rows


def heading() -> list[str]:
    """The headings of the survey sheet."""
    zh = {e[0]: e[1] for e in ELEMENTS}
    return [
        "样本编号",
        "月份",
        "地市",
        "客群",
        "渠道",
        "调查方式",
        "权重",
        "运营商",
        "量表",
        "综合满意度",
        "推荐意愿",
        *(e[1] for e in ELEMENTS),
        *(f"{zh[c]}期望" for c in EXPECTED),
        *(f"{zh[c]}-{item}" for c, items in SUB.items() for item in items),
    ]
