import type en from "../en/slaCodes";

const words: typeof en = {
  slaTarget: {
    first_response: "首次响应",
    next_response: "再次响应",
    resolution: "解决",
  },
  slaPause: {
    waiting_for_parts: "等待备件",
    waiting_for_customer: "等待客户",
    waiting_for_access: "等待进场",
    awaiting_confirmation: "等待客户确认",
    needs_information: "资料不全",
    ended: "已结束",
    other: "挂起",
  },
};

export default words;
