"""Writes the workbook that is loaded: tickets as a service desk exports them, 12 columns of text, phones among them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import xlsxwriter

HEADINGS = (
    "工单号",
    "受理时间",
    "首次回复时间",
    "办结时间",
    "工单类型",
    "地市",
    "投诉类别",
    "渠道",
    "手机号",
    "客群",
    "是否升级",
    "投诉内容",
)
CHANNELS = ("热线", "营业厅", "网上营业厅", "短信")
SEGMENTS = ("个人", "家庭", "集团")
REMARKS = (
    "客户反映上网慢，要求处理",
    "客户称套餐费用与宣传不符",
    "客户反映室内信号弱，回电{phone}",
    "客户要求核查账单",
    "多次来电未解决",
)


def write(path: Path, rows: int, cities: list[str], categories: list[str], seed: int = 7) -> Path:
    """A workbook of ``rows`` tickets at ``path`` (kept if it is there). Some 70 s and 90 MB a million rows."""
    if path.exists():
        return path
    draw = random.Random(seed)
    part = path.with_suffix(".part")
    book = xlsxwriter.Workbook(str(part), {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("工单明细")
    sheet.write_row(0, 0, HEADINGS)
    first = datetime(2025, 1, 1)
    for number in range(rows):
        opened = first + timedelta(minutes=draw.randrange(500 * 24 * 60))
        replied = opened + timedelta(minutes=draw.randrange(5, 600))
        closed = replied + timedelta(minutes=draw.randrange(30, 6000))
        phone = f"1{draw.choice('3578')}{draw.randrange(10**9):09d}"
        sheet.write_row(
            number + 1,
            0,
            (
                f"GD{number:09d}",
                f"{opened:%Y-%m-%d %H:%M:%S}",
                f"{replied:%Y-%m-%d %H:%M:%S}",
                f"{closed:%Y-%m-%d %H:%M:%S}",
                "投诉" if draw.random() < 0.8 else "咨询",
                draw.choice(cities),
                draw.choice(categories),
                draw.choice(CHANNELS),
                phone,
                draw.choice(SEGMENTS),
                "是" if draw.random() < 0.06 else "否",
                draw.choice(REMARKS).format(phone=phone),
            ),
        )
    book.close()
    part.rename(path)
    return path
