import { Button } from "@mantine/core";
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./EmptyState";
import type { RemoteSource } from "./RemoteSelect";
import { useRemoteOption } from "./useRemoteOptions";

export interface SetFilter {
  label: string;
  /** What it is set to, in words. */
  value: string;
}

interface Props {
  /** The filters that are set; what is not set may stand among them. */
  filters: (SetFilter | null | undefined | false | "")[];
  onClear: () => void;
}

/** No row fits: says which filters hold the rows back, and takes them off. */
export function NothingMatches({ filters, onClear }: Props) {
  const { t } = useTranslation();
  const set = filters.filter((each): each is SetFilter => Boolean(each));
  return (
    <EmptyState
      icon={Search}
      title={t("common.nothingFound")}
      hint={set.map(({ label, value }) => t("common.filterSet", { label, value })).join(" · ")}
      action={
        <Button variant="default" size="xs" onClick={onClear} data-testid="clear-filters">
          {t("common.clearFilters")}
        </Button>
      }
    />
  );
}

/** A filter whose value is an id, in words. */
export function useNamedFilter(
  label: string,
  source: RemoteSource,
  value: string | undefined,
): SetFilter | null {
  const option = useRemoteOption(source, value);
  return value ? { label, value: option?.label ?? value } : null;
}
