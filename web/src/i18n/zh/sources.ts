import type en from "../en/sources";

const words: typeof en = {
  seen: "已发现、待认领",
  nobody: "没有未知设备发布数据",
  nobodyHint: "向平台代理发布数据的 Sparkplug B 节点和 JSON 设备会显示在此。",
  find: "按地址或名称查找",
  address: "地址",
  publishes: "发布内容",
  messages: "消息数",
  adopt: "认领",
  adoptOther: "按地址认领",
  adoptTitle: "认领 {{address}}",
  adopted: "已认领：{{name}}",
  adoptedTitle: "已认领",
  none: "尚无已认领的数据源",
  bestEffort: "尽力而为：此类设备断线期间不保存数据，缺失部分会显示为缺口。",
  nodeHint: "边缘节点的 组/节点",
  topicHint: "设备的主题过滤器",
  path: "路径",
  metric: "指标",
  topic: "主题",
  device: "设备（空为节点）",
  row: "读数 {{row}}",
  addRow: "添加读数",
  rowsHint: "已映射 {{count}} 个读数；未指定设备的将忽略",
  release: "释放",
  released: "已释放：{{name}}",
  releaseTitle: "释放“{{name}}”？",
  releaseText: "不再接收其数据，已有读数保留。",
};

export default words;
