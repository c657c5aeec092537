"""Chinese headers and values of the exported files, beside the canonical words they stand for.

The shipped mapping `linjiang` is written from these three tables; a test compares them with the files.
"""

HEADERS: dict[str, dict[str, str]] = {
    "units": {"unit": "部门名称", "parent": "上级部门", "kind": "部门类别"},
    "people": {
        "employee_no": "工号",
        "name": "姓名",
        "post": "岗位",
        "unit": "所在部门",
        "reports_to": "直接上级工号",
        "from_date": "任职日期",
        "until_date": "离任日期",
    },
    "retailers": {
        "licence_no": "许可证号",
        "name": "店铺名称",
        "address": "经营地址",
        "town": "乡镇街道",
        "latitude": "纬度",
        "longitude": "经度",
        "datum": "坐标系",
        "trade_form": "经营业态",
        "market_type": "市场类型",
        "trade_area": "商圈类型",
        "tier": "客户档位",
        "route": "营销线路",
        "status": "客户状态",
        "order_weekday": "订货日",
        "opening_hours": "营业时间",
        "from_date": "生效日期",
        "previous_licence_no": "原许可证号",
        "contact_name": "联系人",
        "contact_phone": "联系电话",
        "contact_way": "首选联系方式",
    },
    "goods": {
        "product_code": "商品编码",
        "name": "商品名称",
        "producer": "生产企业",
        "price_class": "价类",
        "order_unit": "订货单位",
        "wholesale_price": "批发价",
        "cost_price": "进货价",
        "guide_retail_price": "零售指导价",
        "listed_date": "上市日期",
        "from_date": "价格生效日期",
    },
    "territories": {
        "employee_no": "客户经理工号",
        "licence_no": "许可证号",
        "from_date": "开始日期",
        "until_date": "结束日期",
    },
    "targets": {"month": "月份", "level": "考核层级", "entity": "考核对象", "indicator": "指标", "target": "目标值"},
    "orders": {
        "line_id": "订单行号",
        "order_date": "订货日期",
        "licence_no": "许可证号",
        "product_code": "商品编码",
        "wanted_units": "需求量",
        "cap_units": "合理定量",
        "ordered_units": "订购量",
        "supplied_units": "供货量",
        "amount": "金额",
    },
    "supplies": {"week": "周", "product_code": "商品编码", "supply_units": "可供量"},
    "supply_requests": {
        "week": "周",
        "product_code": "商品编码",
        "licence_no": "许可证号",
        "wanted_units": "需求量",
        "cap_units": "合理定量",
        "floor_units": "保底量",
        "tier": "档位",
        "is_selected": "选点",
    },
    "allocations": {
        "week": "周",
        "product_code": "商品编码",
        "licence_no": "许可证号",
        "share_units": "投放量",
        "wanted_units": "需求量",
        "cap_units": "合理定量",
        "tier": "档位",
        "rule_units": "规则应得量",
        "trade_form": "经营业态",
        "market_type": "市场类型",
        "supply_units": "可供量",
    },
    "forecasts": {
        "period_start": "预测期",
        "step": "提前期数",
        "licence_no": "许可证号",
        "product_code": "商品编码",
        "author_employee_no": "填报人工号",
        "units": "预测量",
        "reason": "理由",
        "entered_at": "填报时间",
        "counted_in": "依据盘点",
    },
    "stock_counts": {
        "visit_id": "拜访编号",
        "product_code": "商品编码",
        "units": "盘点量",
        "retail_price": "零售价",
    },
    "agreements": {
        "period": "协议月份",
        "licence_no": "许可证号",
        "product_code": "商品编码",
        "agreed_units": "协议量",
        "agreed_at": "协议时间",
    },
    "supplier_agreements": {
        "supplier": "工业企业",
        "product_code": "商品编码",
        "brand": "品牌",
        "period": "协议期",
        "agreed_units": "协议量",
        "transferred_units": "调入量",
    },
    "satisfaction": {
        "survey": "调查名称",
        "month": "调查月份",
        "employee_no": "客户经理工号",
        "sheet": "问卷编号",
        "dimension": "维度",
        "item": "题目",
        "scale": "计分方式",
        "answer": "答案",
    },
}

# Columns that no import asks for, as any company's export has them; keyed by our own word for them.
EXTRA_HEADERS: dict[str, dict[str, str]] = {
    "retailers": {"order_cycle": "订货周期"},
    "goods": {"delisted_date": "退市日期"},
    # Only the months in GB18030 carry it.
    "orders": {"product_name": "商品名称"},
}

_TRADE_FORMS = {
    "食杂店": "grocery",
    "便利店": "convenience",
    "超市": "supermarket",
    "商场": "mall",
    "烟酒商店": "tobacco_liquor",
    "娱乐服务": "entertainment",
    "其他": "other",
}
_MARKET_TYPES = {"城网": "urban", "农网": "rural"}
VALUES: dict[str, dict[str, dict[str, str]]] = {
    "units": {"kind": {"公司": "company", "营销部": "department", "市场部": "market_unit", "科室": "office"}},
    "people": {
        "post": {
            "客户经理": "customer_manager",
            "市场经理": "market_manager",
            "品牌经理": "brand_manager",
            "督察员": "supervision_officer",
            "稽查员": "enforcement_officer",
            "配送主管": "delivery_lead",
            "培训师": "trainer",
            "人力资源": "hr",
            "领导": "leader",
        }
    },
    "retailers": {
        "datum": {"WGS-84": "wgs84"},
        "trade_form": _TRADE_FORMS,
        "market_type": _MARKET_TYPES,
        "contact_way": {"电话": "phone", "微信": "wechat", "上门": "visit", "短信": "sms"},
        "status": {"正常": "active", "暂停": "suspended", "注销": "closed"},
        "order_weekday": {"周一": "1", "周二": "2", "周三": "3", "周四": "4", "周五": "5"},
    },
    "allocations": {"trade_form": _TRADE_FORMS, "market_type": _MARKET_TYPES},
    "targets": {
        "level": {"客户经理": "manager", "部门": "unit", "公司": "company"},
        "indicator": {
            "销量": "sales_units",
            "毛利率": "company_gross_margin",
            "条均价": "unit_price",
            "重点品牌占比": "key_brand_share",
        },
    },
}


def chinese(kind: str, column: str, code: str) -> str:
    """The Chinese value that stands for a canonical code in the file of this kind."""
    for word, canonical in VALUES[kind][column].items():
        if canonical == code:
            return word
    raise KeyError((kind, column, code))
