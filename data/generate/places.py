"""Facts and made-up names the sample is built from. City and district codes and centroids are public geography."""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent

#: city: (english, code, lon, lat, tile column, tile row, customers in thousands)
CITIES = {
    "南京": ("Nanjing", "320100", 118.802, 32.065, 0, 3, 720),
    "无锡": ("Wuxi", "320200", 120.319, 31.499, 3, 3, 560),
    "徐州": ("Xuzhou", "320300", 117.291, 34.213, 0, 0, 590),
    "常州": ("Changzhou", "320400", 119.981, 31.816, 2, 3, 400),
    "苏州": ("Suzhou", "320500", 120.592, 31.304, 4, 3, 900),
    "南通": ("Nantong", "320600", 120.902, 31.987, 3, 2, 560),
    "连云港": ("Lianyungang", "320700", 119.229, 34.602, 1, 0, 310),
    "淮安": ("Huai'an", "320800", 119.021, 33.616, 1, 1, 320),
    "盐城": ("Yancheng", "320900", 120.168, 33.355, 2, 1, 460),
    "扬州": ("Yangzhou", "321000", 119.419, 32.401, 1, 2, 330),
    "镇江": ("Zhenjiang", "321100", 119.43, 32.195, 1, 3, 240),
    "泰州": ("Taizhou", "321200", 119.93, 32.461, 2, 2, 330),
    "宿迁": ("Suqian", "321300", 118.282, 33.968, 0, 1, 320),
}

#: code, zh, en, class, mean score 0–100, aliases
ELEMENTS = [
    ("coverage", "网络覆盖", "Network coverage", "网络", 84.1, "网络覆盖/信号强度;信号强度;网络信号"),
    ("voice", "语音通话质量", "Voice call quality", "网络", 85.6, "语音通话;通话质量"),
    ("mobile_data", "手机上网质量", "Mobile data quality", "网络", 82.4, "手机上网;上网质量"),
    ("tariff", "资费套餐", "Tariff plans", "业务", 77.6, "套餐资费"),
    ("price", "价格水平", "Price level", "业务", 78.4, "价格"),
    ("promotion", "促销活动", "Promotions", "业务", 79.6, "优惠活动"),
    ("new_services", "新业务", "New services", "业务", 81.3, "增值业务"),
    ("advertising", "宣传", "Advertising", "业务", 80.3, "广告宣传"),
    ("handset", "定制终端", "Customised handsets", "业务", 82.2, "终端"),
    ("billing", "账单服务", "Billing service", "服务", 83.0, "账单"),
    ("transaction", "业务办理", "Transaction handling", "服务", 83.7, ""),
    ("reminder", "提醒服务", "Reminder service", "服务", 80.2, "提醒"),
    ("staff", "服务人员", "Service staff", "服务", 85.9, "人员服务"),
    ("security", "信息安全", "Information security", "服务", 83.1, "安全"),
    ("hotline", "热线服务", "Hotline", "服务", 80.8, "热线"),
    ("store", "营业厅服务", "Store service", "服务", 84.6, "营业厅;厅店服务"),
    ("e_channel", "电子渠道服务", "E-channel service", "服务", 85.0, "电子渠道"),
    ("recharge", "充值缴费服务", "Recharge & payment", "服务", 86.2, "充值缴费"),
    ("complaint_service", "咨询投诉服务", "Enquiry & complaint service", "服务", 77.0, "咨询投诉;投诉服务"),
]

#: code, zh, en, element, share of tickets
CATEGORIES = [
    ("mobile_data", "手机上网", "Mobile data", "mobile_data", 0.17),
    ("coverage", "网络覆盖", "Coverage", "coverage", 0.14),
    ("broadband", "宽带装维", "Broadband", "", 0.12),
    ("dispute", "费用争议", "Charge disputes", "billing", 0.12),
    ("tariff", "资费套餐", "Tariff plans", "tariff", 0.11),
    ("marketing", "营销外呼", "Sales calls", "promotion", 0.09),
    ("reminder", "流量提醒", "Usage reminders", "reminder", 0.06),
    ("hotline", "热线服务", "Hotline", "hotline", 0.06),
    ("store", "厅店服务", "Store service", "store", 0.05),
    ("recharge", "充值缴费", "Recharge", "recharge", 0.04),
    ("other", "其他", "Other", "", 0.04),
]

DEPARTMENTS = [
    ("quality", "品质管理部", "Quality management"),
    ("marketing", "市场部", "Marketing"),
    ("group", "集客部", "Group customers"),
    ("data", "数据部", "Data"),
    ("network", "网络部", "Network"),
    ("service", "客户服务中心", "Customer service centre"),
    ("data_business", "数据业务中心", "Data business centre"),
    ("internet", "互联网中心", "Internet centre"),
    ("it", "信息技术中心", "IT centre"),
]

#: code, zh, en, element, department, unit, direction, usual level
INDICATORS = [
    ("plan_match", "客户套餐匹配质量", "Plan-match quality", "tariff", "marketing", "%", "越高越好", 0.81),
    ("rack_tariff", "标准资费客户占比", "Customers on rack tariff", "tariff", "marketing", "%", "越低越好", 0.12),
    (
        "suspension_reminder",
        "停机前提醒到达率",
        "Pre-suspension reminder delivery",
        "reminder",
        "it",
        "%",
        "越高越好",
        0.962,
    ),
    ("usage_reminder", "流量提醒发送成功率", "Usage reminder success", "reminder", "it", "%", "越高越好", 0.981),
    ("recharge_success", "各渠道充值成功率", "Recharge success", "recharge", "it", "%", "越高越好", 0.988),
    ("restore_in_time", "充值复机及时率", "Restoration in time", "recharge", "it", "%", "越高越好", 0.971),
    ("connect_rate", "接通率", "Answer rate", "hotline", "service", "%", "越高越好", 0.931),
    ("answer_in_time", "及时率", "Answered in time", "hotline", "service", "%", "越高越好", 0.872),
    ("hangup_satisfaction", "挂机满意率", "Post-call satisfaction", "hotline", "service", "%", "越高越好", 0.951),
    ("digital_share", "承载率", "Digital share", "e_channel", "internet", "%", "越高越好", 0.742),
    ("digital_success", "成功率", "Transaction success", "e_channel", "internet", "%", "越高越好", 0.968),
    (
        "participation",
        "目标客户参与率",
        "Target-customer participation",
        "promotion",
        "marketing",
        "%",
        "越高越好",
        0.315,
    ),
    ("campaign_changes", "活动更改次数", "Campaign changes", "promotion", "marketing", "次", "越低越好", 2.4),
    ("response_seconds", "响应时长", "Response time", "e_channel", "it", "秒", "越低越好", 1.8),
    (
        "key_services",
        "重点业务发展质量",
        "Quality of key services",
        "new_services",
        "data_business",
        "%",
        "越高越好",
        0.884,
    ),
    (
        "quality_fixes",
        "产品质量问题改进率",
        "Quality issues fixed",
        "new_services",
        "data_business",
        "%",
        "越高越好",
        0.913,
    ),
]

_STAGE = {"E": "环境", "G": "客户引导", "Q": "排队等待", "T": "业务办理", "D": "客户离厅"}
_STAGE_EN = ("Environment", "Greeting & guidance", "Queueing", "Transaction", "Departure")
_DIMENSIONS = {"外部环境": "形象", "内部环境": "形象", "行为规范": "服务", "收银服务": "业务", "接待服务": "体验"}
#: dimension, stage letter, zh, en, weight, critical, how often met
_ITEMS = [
    ("外部环境", "E", "墙面无违法小广告", "No illegal bills on walls", 1, 0, 0.93),
    ("外部环境", "E", "宣传条幅整洁完好", "Banners clean and whole", 1, 0, 0.9),
    ("外部环境", "E", "门前无摊贩", "No vendors at the door", 1, 0, 0.92),
    ("内部环境", "E", "照明完好", "Lighting works", 2, 0, 0.94),
    ("内部环境", "E", "地面台席清洁", "Floor and counters clean", 3, 0, 0.88),
    ("内部环境", "E", "空调温度适宜", "Comfortable temperature", 2, 0, 0.9),
    ("内部环境", "E", "标识牌齐全", "Signs present", 1, 0, 0.92),
    ("内部环境", "E", "影像设备播放", "Screens playing", 1, 0, 0.83),
    ("内部环境", "E", "宣传资料摆放整齐", "Leaflets tidy", 2, 0, 0.85),
    ("内部环境", "E", "宣传资料种类齐全", "Leaflets complete", 1, 0, 0.84),
    ("内部环境", "E", "无过期宣传资料", "No expired leaflets", 2, 0, 0.87),
    ("内部环境", "E", "绿色植物", "Green plants", 1, 0, 0.9),
    ("内部环境", "E", "服务明星公示", "Service stars shown", 1, 0, 0.86),
    ("内部环境", "E", "意见箱", "Suggestion box", 1, 0, 0.88),
    ("内部环境", "E", "自助设备正常", "Self-service works", 3, 0, 0.86),
    ("内部环境", "E", "设备故障有提示", "Fault notice shown", 1, 0, 0.82),
    ("行为规范", "G", "仪表整洁", "Well groomed", 2, 0, 0.93),
    ("行为规范", "G", "无夸张饰物", "No exaggerated ornaments", 1, 0, 0.95),
    ("行为规范", "G", "站姿标准", "Standing posture", 1, 0, 0.84),
    ("行为规范", "G", "统一着装", "Uniform", 2, 0, 0.94),
    ("行为规范", "G", "佩戴工牌", "Badge worn", 2, 0, 0.91),
    ("行为规范", "G", "进厅招呼", "Greeting on entry", 3, 0, 0.78),
    ("行为规范", "G", "主动帮助", "Offers help", 4, 0, 0.77),
    ("行为规范", "D", "离厅道别", "Farewell", 2, 0, 0.78),
    ("行为规范", "Q", "无不必要的久等", "No needless wait", 4, 0, 0.79),
    ("行为规范", "Q", "无扎堆聊天", "No chatting in groups", 2, 0, 0.9),
    ("行为规范", "Q", "不看书报", "No reading", 2, 0, 0.95),
    ("行为规范", "Q", "不吃零食", "No snacks", 2, 0, 0.96),
    ("行为规范", "T", "不与客户争执", "No quarrel with customers", 5, 1, 0.995),
    ("行为规范", "T", "五声服务", "Five-voice service", 3, 0, 0.76),
    ("收银服务", "T", "唱收唱付", "Calls out amounts", 2, 0, 0.82),
    ("收银服务", "T", "双手递接", "Both hands", 1, 0, 0.83),
    ("收银服务", "T", "提醒注意事项", "Reminds of cautions", 3, 0, 0.75),
    ("收银服务", "Q", "暂停台席有牌", "Closed counters signed", 1, 0, 0.86),
    ("接待服务", "G", "引导自助办理", "Guides to self-service", 3, 0, 0.74),
    ("接待服务", "G", "辅导首次使用", "Guides first-time users", 2, 0, 0.76),
    ("接待服务", "T", "推荐合适套餐", "Recommends a fitting plan", 3, 0, 0.75),
    ("接待服务", "Q", "久等客户送水", "Water for those who wait", 1, 0, 0.72),
    ("接待服务", "T", "离网客户挽留", "Asks why and retains", 2, 0, 0.74),
    ("接待服务", "Q", "贵宾台席有人", "VIP desk staffed", 2, 0, 0.85),
    ("接待服务", "T", "投诉录入工单", "Complaint ticketed", 3, 0, 0.84),
    ("接待服务", "T", "安抚投诉客户", "Calms complainants", 3, 0, 0.83),
    ("接待服务", "T", "承诺双倍返还", "Promises double refund", 5, 1, 0.99),
    ("接待服务", "T", "资费介绍准确完整", "Tariff explained in full", 4, 0, 0.73),
]
ITEMS = [
    (f"item{n:02d}", zh, en, _STAGE[stage], dimension, _DIMENSIONS[dimension], weight, critical, met)
    for n, (dimension, stage, zh, en, weight, critical, met) in enumerate(_ITEMS, 1)
]

#: code, zh, en, group, metric, threshold, department
PROMISES = [
    ("double_refund", "收费误差双倍返还", "Charge error refunded double", "八项承诺", "", "", "it"),
    ("remind_first", "先提醒后停机", "Reminder before suspension", "八项承诺", "", "", "it"),
    ("clear_charges", "清晰透明提供收费信息", "Clear charging information", "八项承诺", "", "", "marketing"),
    ("confirm_orders", "全面实施业务定制客户确认", "Every subscription confirmed", "八项承诺", "", "", "data"),
    (
        "reply_48h",
        "48小时首次回复客户投诉",
        "First reply within 48 hours",
        "八项承诺",
        "first_reply_in_time",
        "98%",
        "service",
    ),
    ("one_desk", "免填单一台清", "One desk, no forms", "八项承诺", "", "", "marketing"),
    ("report_line", "专线受理不良信息举报", "Line for bad-information reports", "八项承诺", "", "", "service"),
    ("one_unsubscribe", "增值业务统一查询和退订", "One place to unsubscribe", "八项承诺", "", "", "data"),
    ("queue_10", "营业排队挑战10分钟", "Queue within 10 minutes", "25项举措", "queue_in_time", "90%", "marketing"),
]

#: Value names of fields that have no list of their own: field, value, English.
VALUE_NAMES = [
    *(("环节", zh, en) for zh, en in zip(_STAGE.values(), _STAGE_EN, strict=True)),
    ("检查维度", "外部环境", "External environment"),
    ("检查维度", "内部环境", "Internal environment"),
    ("检查维度", "行为规范", "Behaviour"),
    ("检查维度", "收银服务", "Cashier service"),
    ("检查维度", "接待服务", "Reception"),
    ("沟通100", "形象", "Image"),
    ("沟通100", "业务", "Business"),
    ("沟通100", "体验", "Experience"),
    ("沟通100", "服务", "Service"),
    ("厅店级别", "旗舰厅", "Flagship store"),
    ("厅店级别", "标准厅", "Standard store"),
    ("厅店级别", "社区厅", "Community store"),
    ("渠道", "营业厅", "Store"),
    ("渠道", "热线", "Hotline"),
    ("渠道", "网上营业厅", "Web store"),
    ("渠道", "客户端", "App"),
    ("客群", "大众客户", "Consumers"),
    ("客群", "商务客户", "Business customers"),
    ("客群", "校园客户", "Campus customers"),
    ("调查方式", "电话访问", "Phone survey"),
    ("调查方式", "短信问卷", "Text-message survey"),
    ("运营商", "他网甲", "Competitor A"),
    ("产品", "畅享套餐", "Enjoy plan"),
    ("产品", "家庭宽带", "Home broadband"),
    ("产品", "流量包", "Data pack"),
    ("产品", "国际漫游", "International roaming"),
    ("产品", "校园卡", "Campus card"),
    ("产品", "流量提醒短信", "Usage reminder text"),
    ("细项", "解决问题能力", "Problem-solving ability"),
    ("细项", "服务人员态度", "Agent attitude"),
    ("细项", "易用性", "Ease of use"),
    ("单位", "次", "times"),
    ("单位", "秒", "s"),
]

#: Invented; zh: en.
ROADS = {
    "春晖路": "Chunhui Rd",
    "望江路": "Wangjiang Rd",
    "云锦路": "Yunjin Rd",
    "青禾路": "Qinghe Rd",
    "明德路": "Mingde Rd",
    "听雨路": "Tingyu Rd",
    "南风路": "Nanfeng Rd",
    "星河路": "Xinghe Rd",
    "槐荫路": "Huaiyin Rd",
    "长亭路": "Changting Rd",
    "新雨路": "Xinyu Rd",
    "临溪路": "Linxi Rd",
    "朝阳里": "Chaoyang Lane",
    "和光路": "Heguang Rd",
    "碧梧路": "Biwu Rd",
    "观澜路": "Guanlan Rd",
}


def districts() -> list[tuple[str, str, str, float, float]]:
    """(city, district, english, lon, lat) of the cities of the sample."""
    with (HERE / "districts.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [(r["city"], r["district"], r["english"], float(r["lon"]), float(r["lat"])) for r in rows]


#: The perception indicators of the matrix: an item of the survey, en, element.
_PERCEIVED = [
    ("资费设计符合需要", "Tariff design fits need", "tariff"),
    ("资费套餐清晰易懂", "Tariff clear and easy to understand", "tariff"),
    ("提醒及时性", "Reminder timeliness", "reminder"),
    ("提醒准确性", "Reminder accuracy", "reminder"),
    ("缴费便利性", "Payment convenience", "recharge"),
    ("缴费到账的及时性", "Timeliness of credit posting", "recharge"),
    ("解决问题能力", "Problem-solving ability", "hotline"),
    ("服务人员态度", "Agent attitude", "hotline"),
    ("可用性", "Availability", "e_channel"),
    ("易用性", "Ease of use", "e_channel"),
    ("优惠活动吸引力", "Attractiveness of offers", "promotion"),
    ("促销活动容易理解", "Promotion easy to understand", "promotion"),
    ("订购环节透明", "Transparency of subscription", "new_services"),
    ("业务使用顺畅", "Smooth use", "new_services"),
]
_COMPLAINED = [
    ("complaint_rate", "万客户投诉率", "Complaints per 10,000 customers"),
    ("escalation_rate", "升级投诉率", "Escalated-complaint rate"),
    ("first_reply_in_time", "投诉处理及时率", "Complaint timeliness rate"),
    ("resolution_rate", "投诉处理解决率", "Complaint resolution rate"),
    ("repeat_rate", "重复投诉率", "Repeat-complaint rate"),
]
_UNDEFINED = {
    "digital_share": ("分母尚未统一口径", "its denominator is not agreed yet"),
    "key_services": ("口径尚未定义", "its definition is not agreed yet"),
    "hangup_satisfaction": ("客户自选参评，应同时看参评率", "customers choose to answer: the response rate belongs beside it"),
}
_KIND = ("感知类", "内部类", "投诉类")


def matrix() -> list[list]:
    """The 35 indicators of the matrix by element: measure, zh, en, kind, element, position, what its definition lacks (zh, en)."""
    rows = []
    for element in dict.fromkeys(element for _, _, element in _PERCEIVED):
        rows += [[zh, zh, en, _KIND[0], element] for zh, en, of in _PERCEIVED if of == element]
        rows += [[i[0], i[1], i[2], _KIND[1], element] for i in INDICATORS if i[3] == element]
    rows += [[metric, zh, en, _KIND[2], None] for metric, zh, en in _COMPLAINED]
    return [[*row, n, *_UNDEFINED.get(row[0], (None, None))] for n, row in enumerate(rows, 1)]
