"""Fields and value words that several datasets have in common."""

from sqm.datasets.contract import Field

YES_NO = {
    "是": "true",
    "否": "false",
    "有": "true",
    "无": "false",
    "y": "true",
    "n": "false",
    "yes": "true",
    "no": "false",
    "true": "true",
    "false": "false",
    "1": "true",
    "0": "false",
    "√": "true",
    "×": "false",
}

CITY = Field(
    "city",
    refers_to="cities",
    headings=(
        "地市",
        "城市",
        "市",
        "分公司",
        "地市分公司",
        "所属地市",
        "归属地市",
        "地区",
        "branch",
        "city name",
        "municipality",
    ),
)
MONTH_HEADINGS = (
    "月份",
    "月",
    "统计月份",
    "账期",
    "年月",
    "调查月份",
    "调查年月",
    "period",
    "yearmonth",
    "survey month",
)
NAMES = (
    Field("zh", headings=("中文名称", "名称", "中文", "中文名", "name zh", "chinese name"), required=True),
    Field("en", headings=("英文名称", "英文", "英文名", "name en", "english name"), default=""),
)
ALIASES = Field("aliases", headings=("别名", "又名", "同义词", "其他名称"), default="")
POSITION = Field("position", "integer", headings=("顺序", "排序", "序", "order", "sort"), default=0)
