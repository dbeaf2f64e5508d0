"""What the operator measures, promises and notes: audits, indicators, customers, targets, events, breaches."""

from sqm.datasets.contract import Dataset, Field, Wide
from sqm.datasets.fields import CITY, MONTH_HEADINGS, YES_NO

AUDITS = Dataset(
    "audits",
    "营业厅检查",
    "Store audits",
    "one row per item result of a visit",
    ("visit_id", "item"),
    (
        Field("visit_id", headings=("走访编号", "暗访编号", "检查编号", "visit no", "visit"), required=True,
              derive=("store", "visited_on")),
        Field(
            "store",
            refers_to="stores",
            headings=("营业厅编码", "厅店编码", "营业厅", "营业厅名称", "网点编码", "store id"),
            required=True,
        ),
        Field(
            "visited_on",
            "date",
            headings=("走访日期", "暗访日期", "检查日期", "日期", "visit date", "date"),
            required=True,
        ),
        Field(
            "monitoring",
            headings=("监测方式", "检查方式", "暗访类型", "monitoring type"),
            default="mystery",
            one_of=("mystery", "inspection", "trial"),
            words={
                "神秘顾客": "mystery",
                "神秘顾客暗访": "mystery",
                "暗访": "mystery",
                "明查": "inspection",
                "管理人员明查": "inspection",
                "真实客户体验": "trial",
                "客户体验": "trial",
            },
        ),
        Field("item", refers_to="audit_items", headings=("检查项", "检查项目", "项目"), required=True),
        Field(
            "points",
            "number",
            headings=("得分", "得分率", "结果", "result"),
            low=0,
            high=1,
            percent="fraction",
            words={
                "是": "1",
                "否": "0",
                "合格": "1",
                "不合格": "0",
                "达标": "1",
                "不达标": "0",
                "yes": "1",
                "no": "0",
                "pass": "1",
                "fail": "0",
                "√": "1",
                "✓": "1",
                "×": "0",
                "✗": "0",
            },
        ),
        Field("applicable", "flag", headings=("是否适用", "适用"), default=True, words=YES_NO),
        Field(
            "queue_minutes",
            "number",
            headings=("排队分钟", "等候分钟", "等候时长", "排队时长（分钟）", "等候时间（分钟）"),
            low=0,
            high=600,
        ),
        Field("auditor", headings=("暗访员", "检查人", "走访人"), default=""),
    ),
    dated_by="visited_on",
    past=True,
    wide=Wide(
        "item",
        "points",
        "audit_items",
        also=dict.fromkeys(
            ("总分", "总得分", "得分合计", "合计得分", "综合得分", "检查得分", "暗访得分", "走访得分", "score", "total score", "overall score"), "total"
        ),
        not_applicable="applicable",
        whole="total",
    ),
)

INDICATORS = Dataset(
    "indicators",
    "内部指标",
    "Internal indicators",
    "one row per month, city, department and indicator",
    ("month", "city", "department", "indicator"),
    (
        Field("month", "month", headings=MONTH_HEADINGS, required=True),
        Field("city", refers_to="cities", headings=CITY.headings, default="", also=("",)),
        Field("department", refers_to="departments", headings=("责任部门", "部门"), default="", also=("",)),
        Field("indicator", refers_to="indicator_list", headings=("指标", "指标名称", "指标编码", "kpi"), required=True),
        Field("numerator", "number", headings=("分子",), additive=True),
        Field("denominator", "number", headings=("分母",), low=0, additive=True),
        Field("value", "number", headings=("指标值", "完成值", "数值", "actual"), percent="points", unit_of="indicator"),
    ),
    dated_by="month",
    past=True,
    wide=Wide("month", "value", "", companions={"numerator": (), "denominator": ()}, dated=True),
)

CUSTOMERS = Dataset(
    "customers",
    "客户数",
    "Customer base",
    "one row per month and city",
    ("month", "city"),
    (
        Field("month", "month", headings=MONTH_HEADINGS, required=True),
        Field("city", refers_to="cities", headings=CITY.headings, required=True),
        Field(
            "opening",
            "number",
            headings=("期初客户数", "月初客户数", "期初", "opening customers"),
            required=True,
            low=0,
            additive=True,
        ),
        Field(
            "closing",
            "number",
            headings=("期末客户数", "月末客户数", "期末", "closing customers"),
            required=True,
            low=0,
            additive=True,
        ),
    ),
    dated_by="month",
    past=True,
    wide=Wide("month", "closing", "", companions={"opening": ()}, dated=True),
)

TARGETS = Dataset(
    "targets",
    "目标",
    "Targets",
    "one row per metric, city, element and starting month",
    ("metric", "city", "element", "valid_from"),
    (
        Field("metric", headings=("指标编码", "指标", "metric id"), required=True),
        Field("city", refers_to="cities", headings=CITY.headings, default="", also=("",)),
        Field("element", headings=("感知要素", "要素"), refers_to="elements", default="", also=("", "overall")),
        Field("valid_from", "month", headings=("生效月份", "起始月份", "from"), required=True),
        Field("target", "number", headings=("目标值", "目标"), required=True, percent="points"),
        Field("floor", "number", headings=("底线值", "底线"), percent="points"),
        Field("set_by", headings=("制定部门", "设定人", "set by"), default=""),
    ),
)

EVENTS = Dataset(
    "events",
    "事件",
    "Events",
    "one row per dated note: a launch, an action, a change of questionnaire",
    ("event",),
    (
        Field("event", headings=("事件编号", "编号", "event id", "id"), required=True),
        Field("on", "date", headings=("日期", "发生日期", "date"), required=True),
        Field("city", refers_to="cities", headings=CITY.headings, default="", also=("",)),
        Field(
            "kind",
            headings=("类型", "事件类型", "type"),
            default="note",
            one_of=("note", "launch", "action", "break"),
            words={
                "备注": "note",
                "上线": "launch",
                "产品变更": "launch",
                "措施": "action",
                "口径变更": "break",
                "问卷换版": "break",
            },
        ),
        Field("element", refers_to="elements", headings=("感知要素", "要素"), default="", also=("", "overall")),
        Field("zh", headings=("事件", "说明", "中文说明", "title"), required=True, free=True),
        Field("en", headings=("英文说明", "english"), default="", free=True),
    ),
    dated_by="on",
)

BREACHES = Dataset(
    "breaches",
    "禁令违规",
    "Breaches of prohibitions",
    "one row per confirmed breach of a prohibition",
    ("breach",),
    (
        Field("breach", headings=("违规编号", "编号", "id"), required=True),
        Field("on", "date", headings=("日期", "发生日期", "date"), required=True),
        Field("city", refers_to="cities", headings=CITY.headings, default="", also=("",)),
        Field("prohibition", "integer", headings=("禁令", "禁令条款", "article"), required=True, low=1, high=5),
        Field("department", refers_to="departments", headings=("责任部门", "部门")),
        Field("note", headings=("说明", "备注", "情况说明"), default="", free=True),
    ),
    dated_by="on",
    past=True,
    warnings=("Counted apart; never averaged into any score.",),
)
