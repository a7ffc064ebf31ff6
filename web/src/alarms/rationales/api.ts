import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";

export type Rationale = Schemas["RationaleView"];

const TOUCHED = [["alarms", "rationale"], ["rationales"]];

export function useRationales() {
  return useQuery({
    queryKey: ["rationales"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/alarm-rationales", { signal })),
  });
}

interface Written {
  failureMode: string;
  version: number;
  body: Schemas["RationaleIn"];
}

export function useWriteRationale(then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: ({ failureMode, version, body }: Written) =>
      ask(
        http.PUT("/api/v1/alarm-rationales/{failure_mode}", {
          params: {
            path: { failure_mode: failureMode },
            header: { "if-match": ifMatch(version) },
          },
          body,
        }),
      ),
    touches: TOUCHED,
    done: () => t("rationales.saved"),
    after: then,
  });
}

export function useDropRationale(then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (row: Rationale) =>
      ask(
        http.DELETE("/api/v1/alarm-rationales/{failure_mode}", {
          params: {
            path: { failure_mode: row.failure_mode },
            query: { equipment_class: row.equipment_class },
          },
        }),
      ),
    touches: TOUCHED,
    done: () => t("rationales.tookBack"),
    after: then,
  });
}
