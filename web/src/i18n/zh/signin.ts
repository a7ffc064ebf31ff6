import type en from "../en/signin";

const words: typeof en = {
  title: "登录",
  tagline: "设备预测性服务平台",
  email: "电子邮箱",
  password: "密码",
  submit: "登录",
  refused: "邮箱或密码不正确",
  forgot: "忘记密码？",
  forgotTitle: "重置密码",
  forgotHint: "如果该邮箱有账户，我们会发送设置新密码的链接。",
  forgotSubmit: "发送链接",
  forgotDone: "如果 {{email}} 有账户，链接已发出，请尽快使用，过期失效。",
  setTitle: "设置密码",
  newPassword: "新密码",
  newPasswordHint: "至少 12 个字符；几个别人猜不到的词组合即可。",
  repeat: "再次输入",
  differs: "两次输入不一致",
  setSubmit: "设置密码并登录",
  noToken: "链接不完整",
  noTokenHint: "请重新打开邀请中的链接，或申请新的链接。",
  toSignIn: "前往登录",
};

export default words;
