import { useOpenAlarms } from "../alarms/api";
import { useMay } from "../app/session";
import { Nothing } from "../ui/Nothing";
import { Severity } from "../ui/Severity";

const ORDER = ["critical", "high", "medium", "low"];

/** The worst alarm that is active on a machine; nothing where all is well. */
export function AlarmMark({ assetId, silent = false }: { assetId: string; silent?: boolean }) {
  const may = useMay();
  const alarms = useOpenAlarms(may("alarms.read"));
  const levels = (alarms.data?.items ?? [])
    .filter((alarm) => alarm.asset_id === assetId)
    .map((alarm) => alarm.severity)
    .sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
  const [worst] = levels;
  if (worst) return <Severity level={worst} />;
  return silent ? null : <Nothing />;
}
