import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";
import { type Backtest, isUnderWay } from "./draft";

export type BacktestAlarm = Schemas["BacktestAlarmView"];
export type Comparison = Schemas["BacktestComparison"];

// Notices come with each slice of work; this is for when the line is lost.
const LOOK_MS = 5_000;

export function useBacktests(assetId: string | undefined) {
  return usePaged<Backtest>(["backtests", "list", assetId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/backtests", {
        params: { query: { asset_id: assetId, cursor, limit: 50 } },
        signal,
      }),
    ),
  );
}

export function useBacktest(id: string) {
  return useQuery({
    queryKey: ["backtests", "one", id],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/backtests/{backtest_id}", {
          params: { path: { backtest_id: id } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? LOOK_MS : false),
  });
}

/** The alarms of one machine there would have been. */
export function useBacktestAlarms(id: string, assetId: string) {
  return usePaged<BacktestAlarm>(["backtests", "alarms", id, assetId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/backtests/{backtest_id}/alarms", {
        params: { path: { backtest_id: id }, query: { asset_id: assetId, cursor, limit: 200 } },
        signal,
      }),
    ),
  );
}

export function useComparison(id: string) {
  return useQuery({
    queryKey: ["backtests", "comparison", id],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/backtests/{backtest_id}/comparison", {
          params: { path: { backtest_id: id } },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
}

export function useRequest(key: string, then: (made: Backtest) => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["BacktestCreate"]) =>
      ask(http.POST("/api/v1/backtests", { params: { header: { "idempotency-key": key } }, body })),
    touches: [["backtests"]],
    done: () => t("backtests.requested"),
    after: then,
  });
}

export function useCancel() {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.POST("/api/v1/backtests/{backtest_id}/cancel", {
          params: { path: { backtest_id: id } },
        }),
      ),
    touches: [["backtests"]],
    done: () => t("backtests.cancelled"),
  });
}

export function useDelete(then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.DELETE("/api/v1/backtests/{backtest_id}", {
          params: { path: { backtest_id: id } },
        }),
      ),
    touches: [["backtests", "list"]],
    done: () => t("backtests.deleted"),
    after: then,
  });
}
