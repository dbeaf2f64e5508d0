"""Reference tables: who and what the facts speak of. Another operator loads its own."""

from sqm.datasets.contract import Dataset, Field
from sqm.datasets.fields import ALIASES, CITY, NAMES, POSITION

CITIES = Dataset(
    "cities",
    "地市",
    "Cities",
    "one row per city branch",
    ("city",),
    (
        Field("city", headings=("地市", "城市", "城市名称", "中文名称", "zh", "name"), required=True),
        Field("en", headings=("英文名称", "英文", "拼音", "english"), default=""),
        Field("code", headings=("行政区划代码", "区划代码", "代码", "编码"), default=""),
        Field("province", headings=("省", "省份", "所属省"), default=""),
        Field("lon", "number", headings=("经度", "longitude", "lng"), low=-180, high=180),
        Field("lat", "number", headings=("纬度", "latitude"), low=-90, high=90),
        POSITION,
        Field("tile_column", "integer", headings=("格列", "tile column")),
        Field("tile_row", "integer", headings=("格行", "tile row")),
        ALIASES,
    ),
    reference=True,
    strip=("市", "市分公司", "分公司", "地区"),
    told_apart_by="province",
)

DISTRICTS = Dataset(
    "districts",
    "区县",
    "Districts",
    "one row per district, used to draw schematic city cells",
    ("city", "district"),
    (
        Field("city", refers_to="cities", headings=("地市", "城市"), required=True),
        Field("district", headings=("区县", "区", "县"), required=True),
        Field("lon", "number", headings=("经度", "longitude", "lng"), required=True, low=-180, high=180),
        Field("lat", "number", headings=("纬度", "latitude"), required=True, low=-90, high=90),
    ),
    reference=True,
)

ELEMENTS = Dataset(
    "elements",
    "感知要素",
    "Perception elements",
    "one row per customer perception element",
    ("element",),
    (
        Field("element", headings=("要素编码", "编码", "code", "id"), required=True),
        *NAMES,
        Field(
            "class",
            headings=("类别", "要素类别", "大类", "element class"),
            default="service",
            words={"网络": "network", "业务": "business", "服务": "service"},
        ),
        POSITION,
        Field("weight", "number", headings=("权重",), default=1.0, low=0),
        ALIASES,
    ),
    reference=True,
)

CATEGORIES = Dataset(
    "categories",
    "投诉类别",
    "Complaint categories",
    "one row per complaint category",
    ("category",),
    (
        Field("category", headings=("类别编码", "编码", "code", "id"), required=True),
        *NAMES,
        Field("element", refers_to="elements", headings=("感知要素", "对应要素", "要素")),
        POSITION,
        ALIASES,
    ),
    reference=True,
)

DEPARTMENTS = Dataset(
    "departments",
    "部门",
    "Departments",
    "one row per professional department",
    ("department",),
    (
        Field("department", headings=("部门编码", "编码", "code", "id"), required=True),
        *NAMES,
        POSITION,
        ALIASES,
    ),
    reference=True,
)

INDICATOR_LIST = Dataset(
    "indicator_list",
    "指标目录",
    "Indicator list",
    "one row per internal indicator",
    ("indicator",),
    (
        Field("indicator", headings=("指标编码", "编码", "code", "id"), required=True),
        *NAMES,
        Field("element", refers_to="elements", headings=("感知要素", "对应要素", "要素")),
        Field("department", refers_to="departments", headings=("责任部门", "部门", "owner")),
        Field("unit", headings=("单位",), default="%"),
        Field(
            "better",
            headings=("方向", "direction"),
            default="higher",
            one_of=("higher", "lower"),
            words={"越高越好": "higher", "越低越好": "lower"},
        ),
        ALIASES,
    ),
    reference=True,
)

MATRIX = Dataset(
    "matrix",
    "指标矩阵",
    "Indicator matrix",
    "one row per indicator that the service-quality system declares, whether it is measured or not",
    ("measure",),
    (
        # The id under which it is counted: of a survey's item, of an internal indicator, or of a metric of tickets.
        Field("measure", headings=("矩阵编码", "measure"), required=True),
        *NAMES,
        Field(
            "kind",
            headings=("指标类型", "indicator kind"),
            required=True,
            one_of=("perception", "internal", "complaint"),
            words={"感知": "perception", "感知类": "perception", "内部": "internal", "内部类": "internal", "投诉": "complaint", "投诉类": "complaint"},
        ),
        Field("element", refers_to="elements", headings=("感知要素", "对应要素", "要素")),
        POSITION,
        Field("lacking", headings=("口径说明", "尚缺", "what is lacking"), default=""),
        Field("lacking_en", headings=("口径说明英文", "what is lacking in english"), default=""),
    ),
    reference=True,
)

AUDIT_ITEMS = Dataset(
    "audit_items",
    "检查项",
    "Audit items",
    "one row per item of the store audit",
    ("item",),
    (
        Field("item", headings=("检查项编码", "编码", "code", "id"), required=True),
        *NAMES,
        Field("stage", headings=("环节", "服务环节"), default=""),
        Field("dimension", headings=("维度", "检查维度"), default=""),
        Field("norm", headings=("规范", "服务规范"), default=""),
        Field("communication100", headings=("沟通100维度", "沟通100"), default=""),
        Field("weight", "number", headings=("权重", "分值", "标准分"), default=1.0, low=0),
        Field("critical", "flag", headings=("否决项", "一票否决", "重点扣分项"), default=False),
        POSITION,
        ALIASES,
    ),
    reference=True,
)

VALUE_NAMES = Dataset(
    "value_names",
    "取值名称",
    "Value names",
    "one row per value of a field that has no list of its own, with its names",
    ("split", "value"),
    (
        Field(
            "split",
            headings=("字段", "所属字段", "所属维度", "field"),
            required=True,
            one_of=(
                "stage",
                "dimension",
                "communication100",
                "level",
                "channel",
                "segment",
                "method",
                "operator",
                "product",
                "item",
                "unit",
            ),
            words={
                "环节": "stage",
                "检查维度": "dimension",
                "维度": "dimension",
                "沟通100": "communication100",
                "沟通100维度": "communication100",
                "厅店级别": "level",
                "渠道": "channel",
                "客群": "segment",
                "调查方式": "method",
                "运营商": "operator",
                "产品": "product",
                "细项": "item",
                "单位": "unit",
            },
        ),
        Field("value", headings=("取值", "值", "原值"), required=True),
        Field("zh", headings=("中文名称", "中文", "中文名", "chinese name"), default=""),
        Field("en", headings=("英文名称", "英文", "英文名", "english name"), default=""),
        POSITION,
    ),
    reference=True,
)

STORES = Dataset(
    "stores",
    "营业厅",
    "Stores",
    "one row per store",
    ("store",),
    (
        Field(
            "store",
            headings=("营业厅编码", "厅店编码", "网点编码", "编码", "store id", "store code", "code"),
            required=True,
        ),
        Field(
            "zh", headings=("营业厅名称", "厅店名称", "营业厅", "网点名称", "名称", "store name", "name"), required=True
        ),
        Field("en", headings=("英文名称", "english name"), default=""),
        Field("city", refers_to="cities", headings=CITY.headings, required=True),
        Field("lon", "number", headings=("经度", "longitude", "lng"), low=-180, high=180),
        Field("lat", "number", headings=("纬度", "latitude"), low=-90, high=90),
        Field("level", headings=("厅店级别", "级别", "类型", "store type"), default=""),
        Field("pilot", "flag", headings=("试点", "是否试点", "试点厅"), default=False),
        ALIASES,
    ),
    reference=True,
    told_apart_by="city",
)

PROMISES = Dataset(
    "promises",
    "服务承诺",
    "Service promises",
    "one row per promise or measure",
    ("promise",),
    (
        Field("promise", headings=("承诺编码", "编码", "code", "id"), required=True),
        *NAMES,
        Field("group", headings=("承诺类别", "类别", "kind"), default=""),
        Field("metric", headings=("指标", "度量指标"), default=""),
        Field("threshold", "number", headings=("承诺标准", "阈值", "标准"), percent="points"),
        Field("department", refers_to="departments", headings=("责任部门", "牵头部门", "部门")),
        POSITION,
    ),
    reference=True,
)
