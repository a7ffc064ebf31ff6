"""Codes for what failed, why and what was done, after ISO 14224 (annex B), shortened to what a desk uses."""

CAUSES: dict[str, dict[str, str]] = {
    "wear": {"en": "Wear", "zh": "磨损"},
    "lubrication": {"en": "Lubrication", "zh": "润滑不良"},
    "contamination": {"en": "Contamination", "zh": "污染"},
    "misalignment": {"en": "Misalignment or installation", "zh": "安装或对中不良"},
    "material_defect": {"en": "Material or manufacturing defect", "zh": "材料或制造缺陷"},
    "electrical": {"en": "Electrical or control", "zh": "电气或控制"},
    "sensor": {"en": "Sensor or wiring", "zh": "传感器或接线"},
    "operation": {"en": "Operated outside its limits", "zh": "超限使用"},
    "process": {"en": "Process or medium", "zh": "工艺或介质"},
    "no_fault_found": {"en": "No fault found", "zh": "未发现故障"},
    "unknown": {"en": "Unknown", "zh": "未知"},
}

REMEDIES: dict[str, dict[str, str]] = {
    "replace": {"en": "Replaced", "zh": "更换"},
    "repair": {"en": "Repaired", "zh": "维修"},
    "adjust": {"en": "Adjusted or aligned", "zh": "调整或对中"},
    "clean": {"en": "Cleaned", "zh": "清洁"},
    "lubricate": {"en": "Lubricated", "zh": "润滑"},
    "calibrate": {"en": "Calibrated", "zh": "校准"},
    "configure": {"en": "Settings or software changed", "zh": "更改设置或软件"},
    "inspect": {"en": "Inspected only", "zh": "仅检查"},
    "instruct": {"en": "Operators instructed", "zh": "指导操作人员"},
    "none": {"en": "Nothing done", "zh": "未处理"},
}
