import type en from "../en/faults";

const words: typeof en = {
  other: "网关不接受此内容",
  missing: "此项必填",
  extra_forbidden: "网关不识别此项",
  string_type: "应为文本",
  string_too_short: "过短，至少 {{min_length}} 个字符",
  string_too_long: "过长，最多 {{max_length}} 个字符",
  float_type: "应为数值",
  float_parsing: "应为数值",
  int_type: "应为整数",
  int_parsing: "应为整数",
  finite_number: "应为有限数值",
  greater_than: "须大于 {{gt}}",
  greater_than_equal: "不得小于 {{ge}}",
  less_than: "须小于 {{lt}}",
  less_than_equal: "不得大于 {{le}}",
  too_short: "数量过少，至少 {{min_length}} 个",
  too_long: "数量过多，最多 {{max_length}} 个",
  literal_error: "应为以下之一：{{expected}}",
  range_reversed: "下限 {{low}} 不小于上限 {{high}}",
  two_deadbands: "死区只能按数值或百分比之一给出",
  boolean_deadband: "布尔量没有死区",
  there_twice: "{{name}} 重复",
  unknown_asset: "该客户没有设备 {{serial}}",
  set_at_gateway: "此项在网关上设置",
  password_given: "密码只保存在网关",
  file_outside: "文件路径须相对于网关目录",
};

export default words;
