import type en from "../en/shell";

const words: typeof en = {
  breadcrumbs: "当前位置",
  skip: "跳到正文",
  home: "Forewarn，返回总览",
  navigation: "主导航",
  more: "更多",
  languageNotKept: "界面语言已切换，但未能保存到账户。",
  language: "语言",
  account: "{{name}} 的账户",
  signOut: "退出登录",
  notices: "通知与免打扰",
  connectionLost: "连接已断开，所见内容可能略旧；恢复后会自动更新。",
  areas: {
    overview: "总览",
    orders: "工单",
    complaints: "投诉",
    alarms: "告警",
    assets: "设备",
    claims: "索赔",
    parts: "备件",
    knowledge: "知识库",
    gateways: "网关",
    administration: "设置",
  },
  scheme: { label: "浅色或深色", light: "浅色", dark: "深色", auto: "跟随系统" },
  search: {
    placeholder: "搜索全部",
    hint: "序列号、单号、客户或任意文字",
    nothing: "没有找到“{{query}}”",
    groups: {
      asset: "设备",
      work_order: "工单",
      complaint: "投诉",
      claim: "索赔",
      organisation: "组织",
      part: "备件",
      alarm: "告警",
      person: "人员",
      site: "站点",
      other: "其他",
    },
  },
  notFound: {
    title: "页面不存在",
    what: "此地址没有页面",
    hint: "页面可能已移动，或链接不完整。",
    home: "返回总览",
  },
  pageFailed: {
    title: "页面出错",
    what: "此页面无法显示",
    reload: "重新加载",
  },
};

export default words;
