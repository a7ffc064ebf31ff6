import { Button, Menu } from "@mantine/core";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Span } from "../charts/types";

const FORMATS = ["csv", "parquet"] as const;
// As many series as the API exports at once.
const SERIES_MAX = 500;

/** Where the readings of a span are to be had as a file; the browser saves it as it comes. */
export function exportAddress(seriesIds: number[], span: Span, format: string): string {
  const query = new URLSearchParams({
    ids: seriesIds.slice(0, SERIES_MAX).join(","),
    start: new Date(span.from).toISOString(),
    end: new Date(span.to).toISOString(),
    format,
  });
  return `/api/v1/series/export?${query}`;
}

/** Every reading of what is seen, as a file. */
export function ExportMenu({ seriesIds, span }: { seriesIds: number[]; span: Span }) {
  const { t } = useTranslation();
  if (seriesIds.length === 0) return null;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<Download size={13} />}
          data-testid="export"
        >
          {t("charts.export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("charts.exportHint")}</Menu.Label>
        {FORMATS.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={exportAddress(seriesIds, span, format)}
            download
            data-testid={`export-${format}`}
          >
            {t(`charts.formats.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
