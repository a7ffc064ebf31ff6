/**
 * Which notices are asked for, and which cached answers each makes old: the first words of their keys.
 *
 * What a page shows and is not in here does not follow what others change.
 */
export const TOUCHED: Record<string, string[]> = {
  work_order: ["work-orders"],
  complaint: ["complaints"],
  alarm: ["alarms"],
  backtest: ["backtests"],
  claim: ["claims", "coverage"],
  asset: ["assets"],
  gateway: ["gateways"],
  part: ["parts"],
  stock: ["stock"],
};

export const KINDS = Object.keys(TOUCHED);
