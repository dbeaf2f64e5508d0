"""Write all sample workbooks into a folder (default: ``data/``)."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import xlsxwriter

from data.generate import places, stores, story, surveys, tickets

FOLDER = Path(__file__).resolve().parents[1]
MADE = datetime(2026, 11, 1, 8, 0)
#: Every workbook, in an order in which each refers only to those before it.
FILES = (
    "reference.xlsx",
    "stores.xlsx",
    "customers.xlsx",
    "indicators.xlsx",
    "plan.xlsx",
    "surveys_2024H2.xlsx",
    "surveys_2025H1.xlsx",
    "surveys_2025H2.xlsx",
    "surveys_2026H1.xlsx",
    "surveys_2026H2.xlsx",
    "complaints_2025.xlsx",
    "complaints_2026.xlsx",
    "audits.xlsx",
)


class Book:
    """A workbook whose bytes depend on its content alone."""

    def __init__(self, folder: Path, name: str) -> None:
        self.book = xlsxwriter.Workbook(str(folder / name), {"default_date_format": "yyyy-mm-dd hh:mm"})
        self.book.set_properties({"title": "SQM 样例数据（虚构）", "created": MADE})
        self.bold = self.book.add_format({"bold": True, "bg_color": "#F5F6F8", "bottom": 1})
        self.title = self.book.add_format({"bold": True, "font_size": 13})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})

    def sheet(
        self, name: str, heading: list[str], rows: list, titles: tuple[str, ...] = (), total: list | None = None
    ) -> None:
        """A sheet with title lines, headings, rows and perhaps a total line."""
        sheet = self.book.add_worksheet(name)
        at = 0
        for line in titles:
            sheet.write_string(at, 0, line, self.title if at == 0 else None)
            at += 1
        sheet.write_row(at, 0, heading, self.bold)
        sheet.freeze_panes(at + 1, 1)
        for row in [*rows, *([total] if total else [])]:
            at += 1
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, datetime):
                    sheet.write_datetime(at, column, value, self.moment)
                elif isinstance(value, date):
                    sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), self.day)
                elif isinstance(value, str):
                    sheet.write_string(at, column, value)
                else:
                    sheet.write_number(at, column, value)

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def month_text(month: tuple[int, int], style: int) -> str:
    """A month as different people write it."""
    year, number = month
    return (f"{year}年{number}月", f"{year}{number:02d}", f"{year}-{number:02d}")[style]


def reference(folder: Path, shops: list[dict]) -> None:
    """The reference tables, one sheet each."""
    book = Book(folder, "reference.xlsx")
    book.sheet(
        "地市",
        ["地市", "英文名称", "行政区划代码", "省份", "经度", "纬度", "排序", "格列", "格行", "别名"],
        [
            [zh, c[0], c[1], "江苏省", c[2], c[3], n, c[4], c[5], f"{c[0]} City"]
            for n, (zh, c) in enumerate(places.CITIES.items(), 1)
        ],
    )
    book.sheet("区县", ["地市", "区县", "经度", "纬度"], [[city, name, lon, lat] for city, name, _, lon, lat in places.districts()])
    book.sheet(
        "感知要素",
        ["要素编码", "中文名称", "英文名称", "要素类别", "排序", "权重", "别名"],
        [[e[0], e[1], e[2], e[3], n, 1, e[5]] for n, e in enumerate(places.ELEMENTS, 1)],
    )
    book.sheet(
        "投诉类别",
        ["类别编码", "中文名称", "英文名称", "对应要素", "排序"],
        [[c[0], c[1], c[2], c[3], n] for n, c in enumerate(places.CATEGORIES, 1)],
    )
    book.sheet(
        "部门", ["部门编码", "中文名称", "英文名称", "排序"], [[*d, n] for n, d in enumerate(places.DEPARTMENTS, 1)]
    )
    book.sheet(
        "指标目录",
        ["指标编码", "中文名称", "英文名称", "对应要素", "责任部门", "单位", "方向"],
        [list(i[:7]) for i in places.INDICATORS],
    )
    book.sheet(
        "指标矩阵",
        ["矩阵编码", "中文名称", "英文名称", "指标类型", "对应要素", "排序", "口径说明", "口径说明英文"],
        places.matrix(),
    )
    book.sheet(
        "检查项",
        ["检查项编码", "中文名称", "英文名称", "环节", "检查维度", "沟通100", "权重", "一票否决", "排序"],
        [[i[0], i[1], i[2], i[3], i[4], i[5], i[6], "是" if i[7] else "否", n] for n, i in enumerate(places.ITEMS, 1)],
    )
    book.sheet(
        "服务承诺",
        ["承诺编码", "中文名称", "英文名称", "承诺类别", "度量指标", "承诺标准", "牵头部门", "排序"],
        [[*p[:5], p[5], p[6], n] for n, p in enumerate(places.PROMISES, 1)],
    )
    book.sheet("取值名称", ["字段", "取值", "英文名称"], [list(row) for row in places.VALUE_NAMES])
    book.close()
    book = Book(folder, "stores.xlsx")
    book.sheet(
        "营业厅",
        ["营业厅编码", "营业厅名称", "英文名称", "地市", "经度", "纬度", "厅店级别", "是否试点"],
        [
            [*(s[k] for k in ("code", "name", "english", "city", "lon", "lat", "level")), "是" if s["pilot"] else "否"]
            for s in shops
        ],
        titles=("营业厅名录（样例，虚构）",),
    )
    book.close()


def stream(part: str) -> np.random.Generator:
    """The chance of one part of the sample: the same at every call."""
    return np.random.Generator(np.random.PCG64([story.SEED, story.STREAMS[part]]))


def small_facts(folder: Path, rng: np.random.Generator) -> None:
    """Customers, indicators, targets, events, breaches."""
    book = Book(folder, "customers.xlsx")
    rows, held = [], {c: v[6] * 1000.0 for c, v in places.CITIES.items()}
    for month in story.MONTHS:
        opening = dict(held)
        held = {c: round(v * (1 + rng.normal(0.002, 0.001))) for c, v in held.items()}
        rows += [[month_text(month, 0), c, round(opening[c]), held[c]] for c in held]
        rows.append([month_text(month, 0), "全省", round(sum(opening.values())), sum(held.values())])
    book.sheet(
        "客户数", ["月份", "地市", "月初客户数", "月末客户数"], rows, titles=("各地市客户数（样例）", "单位：户")
    )
    book.close()
    book = Book(folder, "indicators.xlsx")
    zh = {d[0]: d[1] for d in places.DEPARTMENTS}
    rows = []
    for month in story.MONTHS:
        for city in places.CITIES:
            for _, name, _, _, department, unit, _, usual in places.INDICATORS:
                if unit != "%":
                    value = rng.poisson(usual) if unit == "次" else round(usual * rng.lognormal(0, 0.06), 2)
                    rows.append([month_text(month, 1), city, zh[department], name, None, None, value])
                    continue
                below = int(rng.integers(8_000, 40_000))
                share = min(0.999, usual + rng.normal(0, 0.006))
                above = round(below * share)
                rows.append([month_text(month, 1), city, zh[department], name, above, below, f"{above / below:.2%}"])
    book.sheet(
        "内部指标",
        ["统计月份", "地市", "责任部门", "指标名称", "分子", "分母", "指标值"],
        rows,
        titles=("内部服务质量指标月报（样例）",),
    )
    book.close()
    book = Book(folder, "plan.xlsx")
    book.sheet(
        "目标",
        ["指标编码", "地市", "感知要素", "生效月份", "目标值", "制定部门"],
        [
            ["satisfaction", "", "", "2024-11", 82.0, "品质管理部"],
            ["satisfaction", "", "热线服务", "2024-11", 80.0, "品质管理部"],
            ["nps", "", "", "2024-11", 30, "品质管理部"],
            ["complaint_rate", "", "", "2024-11", 4.0, "品质管理部"],
            ["first_reply_in_time", "", "", "2024-11", "98%", "客户服务中心"],
            ["repeat_rate", "", "", "2024-11", "8%", "客户服务中心"],
            ["audit_score", "", "", "2024-11", 85, "市场部"],
            ["connect_rate", "", "", "2024-11", "90%", "客户服务中心"],
        ],
        titles=("年度服务质量目标（样例）",),
    )
    events = [
        ["E01", date(2025, 9, 1), "", "备注", "手机上网质量", "流量业务放量", "Data traffic surges"],
        [
            "E02",
            date(2026, 8, 12),
            story.BATCH_CITY,
            "产品变更",
            "提醒服务",
            "流量提醒短信改版",
            "Usage reminder text changed",
        ],
        [
            "E04",
            date(2026, 1, 1),
            "",
            "备注",
            "",
            "问卷调整题序，量表与口径不变",
            "Questionnaire reordered, scale unchanged",
        ],
        ["E03", date(2026, 5, 1), story.FALL_CITY, "备注", "热线服务", "热线割接", "Hotline cut-over"],
    ]
    for n, city in enumerate(places.CITIES):
        start = story.CURE_FIRST if city in story.FIRST_SIX else story.CURE_REST
        events.append(
            [
                f"E1{n:02d}",
                date(*start, 1),
                city,
                "措施",
                "手机上网质量",
                "手机上网溯源整改",
                "Mobile-data tracing measures",
            ]
        )
    for n, city in enumerate(story.NULL_CITIES):
        events.append(
            [
                f"E2{n:02d}",
                date(*story.NULL_ACTION, 1),
                city,
                "措施",
                "资费套餐",
                "资费宣讲进社区",
                "Tariff talks in communities",
            ]
        )
    book.sheet("事件", ["事件编号", "日期", "地市", "事件类型", "感知要素", "事件", "英文说明"], events)
    book.sheet(
        "禁令违规",
        ["违规编号", "日期", "地市", "禁令条款", "责任部门", "说明"],
        [["B01", date(2026, 9, 18), "南通", 3, "市场部", "未经客户确认开通增值业务，已退费并追责"]],
    )
    book.close()


def voices(folder: Path) -> None:
    """Survey and ticket workbooks, with the few wrong cells that the README of this folder lists."""
    heading = surveys.heading()
    months = surveys.interviews(stream("surveys"))
    halves: dict[str, list] = {}
    for month in story.MONTHS:
        halves.setdefault(f"{month[0]}H{1 if month[1] < 7 else 2}", []).append(month)
    for style, (half, several) in enumerate(halves.items()):
        rows = [[row[0], month_text(month, style % 3), *row[2:]] for month in several for row in months[month]]
        if half == "2025H1":
            rows[4][heading.index("综合满意度")] = 11
            rows[9][1] = "2025年13月"
            rows[14][2] = "苏洲"
        if half == "2026H1":
            rows[3][heading.index("综合满意度")] = "９"
            rows[7][2] = rows[7][2] + "市"
        book = Book(folder, f"surveys_{half}.xlsx")
        book.sheet(
            "满意度调查",
            heading,
            rows,
            titles=(
                f"{half[:4]}年{'上' if half[-1] == '1' else '下'}半年客户满意度调查（样例）",
                "10 分制；空白为未问",
            ),
            total=["合计", None, f"{len(rows)}份"],
        )
        book.close()
    found = tickets.tickets(stream("tickets"))
    for name, keep in (
        ("complaints_2025", lambda d: d < datetime(2025, 11, 1)),
        ("complaints_2026", lambda d: d >= datetime(2025, 11, 1)),
    ):
        rows = [row for row in found if keep(row[1])]
        if name == "complaints_2025":
            rows.insert(40, list(rows[39]))
            rows.insert(81, [*rows[80][:4], "咨询" if rows[80][4] == "投诉" else "投诉", *rows[80][5:]])
            rows[120] = [rows[120][0], "2025年2月30日", *rows[120][2:]]
        book = Book(folder, f"{name}.xlsx")
        book.sheet(
            "投诉工单",
            tickets.HEADING,
            rows,
            titles=("客户服务系统工单导出（样例，号码为虚构）",),
            total=["合计", None, None, None, f"{len(rows)}件"],
        )
        book.close()


def write(folder: Path) -> None:
    """All workbooks."""
    folder.mkdir(parents=True, exist_ok=True)
    shops = stores.stores(stream("stores"))
    reference(folder, shops)
    small_facts(folder, stream("facts"))
    voices(folder)
    book = Book(folder, "audits.xlsx")
    book.sheet(
        "营业厅检查",
        stores.heading(),
        stores.visits(stream("visits"), shops),
        titles=("营业厅神秘顾客暗访明细（样例）", "是＝达标，否＝未达标"),
    )
    book.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
