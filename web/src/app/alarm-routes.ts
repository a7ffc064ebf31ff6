// The addresses of alarms and of what is set about them.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at } from "./root-route";
import { filters } from "./search-params";

const alarms = createRoute({
  ...at("/alarms"),
  validateSearch: filters(
    "side",
    "state",
    "severity",
    "category",
    "verdict",
    "asset",
    "site",
    "history",
  ),
  component: lazyRouteComponent(() => import("../alarms/AlarmsPage"), "AlarmsPage"),
});

const alarmPerformance = createRoute({
  ...at("/alarms/performance"),
  validateSearch: filters("span", "site", "asset"),
  component: lazyRouteComponent(
    () => import("../alarms/performance/PerformancePage"),
    "PerformancePage",
  ),
});

const detectors = createRoute({
  ...at("/alarms/detectors"),
  validateSearch: filters("past"),
  component: lazyRouteComponent(() => import("../detectors/DetectorsPage"), "DetectorsPage"),
});

const suppressions = createRoute({
  ...at("/alarms/suppressions"),
  validateSearch: filters("kind", "ended"),
  component: lazyRouteComponent(
    () => import("../alarms/suppressions/SuppressionsPage"),
    "SuppressionsPage",
  ),
});

const rationales = createRoute({
  ...at("/alarms/rationales"),
  component: lazyRouteComponent(
    () => import("../alarms/rationales/RationalesPage"),
    "RationalesPage",
  ),
});

const backtests = createRoute({
  ...at("/alarms/backtests"),
  validateSearch: filters("asset", "begin"),
  component: lazyRouteComponent(
    () => import("../detectors/backtests/BacktestsPage"),
    "BacktestsPage",
  ),
});

const backtest = createRoute({
  ...at("/alarms/backtests/$backtestId"),
  component: lazyRouteComponent(
    () => import("../detectors/backtests/BacktestPage"),
    "BacktestPage",
  ),
});

const modelLimits = createRoute({
  ...at("/product-models/$modelId/limits"),
  component: lazyRouteComponent(
    () => import("../alarms/limits/ModelLimitsPage"),
    "ModelLimitsPage",
  ),
});

const alarm = createRoute({
  ...at("/alarms/$alarmId"),
  component: lazyRouteComponent(() => import("../alarms/AlarmPage"), "AlarmPage"),
});

export const alarmPages = [
  alarms,
  alarmPerformance,
  detectors,
  suppressions,
  rationales,
  backtests,
  backtest,
  modelLimits,
  alarm,
] as const;
