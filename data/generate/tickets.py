"""Complaint and enquiry tickets, one row each, as the ticket system exports them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from data.generate import story
from data.generate.places import CATEGORIES, CITIES

TOTAL = 60_000
AS_OF = datetime(2026, 10, 31, 23, 0)
CHANNELS, SEGMENTS = ["热线", "营业厅", "网上营业厅", "客户端"], ["大众客户", "商务客户", "校园客户"]
PRODUCTS = ["畅享套餐", "家庭宽带", "流量包", "国际漫游", "校园卡"]
OWNERS = {
    "mobile_data": "网络部",
    "coverage": "网络部",
    "broadband": "网络部",
    "dispute": "信息技术中心",
    "tariff": "市场部",
    "marketing": "市场部",
    "reminder": "信息技术中心",
    "hotline": "客户服务中心",
    "store": "市场部",
    "recharge": "信息技术中心",
    "other": "客户服务中心",
}
TEXTS = {
    "mobile_data": ["晚上网速慢，视频打不开", "手机上网时断时续"],
    "coverage": ["家里信号弱，通话断续", "地下车库没有信号"],
    "broadband": ["宽带报修两天没人上门", "装机预约改期"],
    "dispute": ["账单多出一笔费用", "月租重复扣费"],
    "tariff": ["套餐规则看不懂", "换套餐后优惠没了"],
    "marketing": ["频繁接到推销电话", "没同意就被推荐套餐"],
    "reminder": ["流量用完没收到提醒", "提醒短信晚了一天"],
    "hotline": ["热线一直占线", "客服没有解决问题"],
    "store": ["营业厅排队太久", "营业员态度不好"],
    "recharge": ["充值没有到账", "缴费后没有复机"],
    "other": ["咨询后没有回音", "其他问题"],
}
HEADING = [
    "工单号",
    "受理时间",
    "首次回复时间",
    "办结时间",
    "工单类型",
    "地市",
    "投诉类别",
    "产品",
    "受理渠道",
    "客群",
    "手机号",
    "严重等级",
    "是否升级",
    "是否解决",
    "是否重开",
    "责任部门",
    "投诉内容",
]
#: Invented: 18 digits with a right check digit under a region code that does not exist.
IDENTITY = "990101198001010010"


def check_digit(first17: str) -> str:
    """The last character of an identity number (GB 11643)."""
    return "10X98765432"[sum(int(d) * 2 ** (17 - i) for i, d in enumerate(first17)) % 11]


def tickets(rng: np.random.Generator) -> list[list]:
    """All tickets in order of receipt, in the columns of ``HEADING``; moments are datetimes."""
    names, codes = list(CITIES), [c[0] for c in CATEGORIES]
    base = np.array([CITIES[c][6] for c in names], float)
    tilt = np.exp(rng.normal(0, 0.10, (len(names), len(codes))))
    share = np.array([c[4] for c in CATEGORIES])
    rate = np.zeros((24, len(names), len(codes)))
    for m, month in enumerate(story.MONTHS):
        rate[m] = base[:, None] * share[None, :] * tilt * rng.gamma(900, 1 / 900, (len(names), len(codes)))
        for i, city in enumerate(names):
            rate[m, i, codes.index("mobile_data")] *= story.mobile_tickets(city, month)
    repeats = 3200
    expected = rate / rate.sum() * (TOTAL - repeats - story.BATCH_SIZE)
    counts = np.floor(expected).astype(int)
    rest = TOTAL - repeats - story.BATCH_SIZE - counts.sum()
    order = np.argsort(-(expected - counts), axis=None)[:rest]
    counts.ravel()[order] += 1
    found: list[tuple] = []
    for m, (year, month) in enumerate(story.MONTHS):
        start = datetime(year, month, 1)
        days = (datetime(year + month // 12, month % 12 + 1, 1) - start).days
        for i, city in enumerate(names):
            for k, code in enumerate(codes):
                n = counts[m, i, k]
                minutes = rng.integers(0, days, n) * 1440 + np.clip(rng.normal(840, 200, n), 0, 1439).astype(int)
                phones = rng.integers(0, 100_000, n)
                found += [
                    (start + timedelta(minutes=int(t)), city, code, int(p))
                    for t, p in zip(minutes, phones, strict=True)
                ]
    picked = rng.choice(len(found), repeats, replace=False)
    last = datetime(2026, 10, 31, 22, 0)
    for position in picked:
        when, city, code, phone = found[position]
        found.append((min(when + timedelta(minutes=int(rng.integers(600, 27 * 1440))), last), city, code, phone))
    at = datetime(*story.BATCH_AT)
    for _ in range(story.BATCH_SIZE):
        hours = rng.random() * 2 if rng.random() < 0.8 else rng.random() * 46 + 2
        found.append(
            (
                at + timedelta(minutes=int(hours * 60)),
                story.BATCH_CITY,
                story.BATCH_CATEGORY,
                int(rng.integers(0, 100_000)),
            )
        )
    found.sort(key=lambda x: (x[0], x[1], x[2], x[3]))
    return [_ticket(rng, number, *row) for number, row in enumerate(found, 1)]


def _ticket(rng: np.random.Generator, number: int, opened: datetime, city: str, code: str, phone: int) -> list:
    batch = (
        code == story.BATCH_CATEGORY and city == story.BATCH_CITY and abs(opened - datetime(*story.BATCH_AT)).days < 2
    )
    u = rng.random(9)
    enquiry = u[0] < 0.14 and not batch
    reply = opened + timedelta(minutes=int(np.exp(rng.normal(6.0, 0.85)) if u[1] > 0.03 else 60 * (49 + 60 * u[2])))
    close = opened + timedelta(minutes=int(60 * np.exp(rng.normal(3.35, 0.7))))
    close = max(close, reply + timedelta(minutes=20))
    text = TEXTS[code][int(u[3] * 2)]
    mobile = f"1990{phone:07d}"
    if u[4] < 0.01:
        text += f"，请回电{mobile}"
    elif u[4] < 0.012:
        text += f"，身份证{IDENTITY[:17]}{check_digit(IDENTITY[:17])}"
    product = "流量提醒短信" if batch else PRODUCTS[int(u[5] * len(PRODUCTS))]
    return [
        f"T{opened:%y%m%d}{number:06d}",
        opened,
        reply if reply <= AS_OF else None,
        close if close <= AS_OF else None,
        "咨询" if enquiry else "投诉",
        city + ("市" if u[6] < 0.05 else ""),
        {c[0]: c[1] for c in CATEGORIES}[code],
        product,
        CHANNELS[int(u[7] * 4)],
        SEGMENTS[int(rng.random() * 3)],
        mobile,
        int(rng.choice([1, 2, 3], p=[0.01, 0.19, 0.8])),
        "是" if u[8] < 0.03 else "否",
        ("是" if rng.random() < 0.94 else "否") if close <= AS_OF else None,
        "是" if rng.random() < 0.03 else "否",
        OWNERS[code],
        text,
    ]
