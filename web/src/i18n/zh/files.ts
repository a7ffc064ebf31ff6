export default {
  attach: "添加文件",
  dismiss: "收起 {{name}}",
  internal: "内部文件：仅制造商人员可见",
  internalMark: "内部",
  keepPlace: "保留照片中的地点、时间和设备信息",
  none: "还没有文件",
  onItsWay: "正在发送 {{name}}",
  open: "打开图片",
  photograph: "拍照",
  takeOff: "移除 {{name}}",
  takeOffVerb: "移除",
  title: "文件",
};
