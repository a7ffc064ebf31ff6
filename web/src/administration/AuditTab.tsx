import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip } from "../ui/FilterChips";
import { Section } from "../ui/Section";
import { ShortId } from "../ui/ShortId";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { rowsOf, usePaged } from "../ui/usePaged";
import classes from "./administration.module.css";

const KINDS = [
  "work_order",
  "complaint",
  "claim",
  "alarm",
  "asset",
  "person",
  "role",
  "organisation",
  "site",
  "gateway",
  "policy",
  "part",
];

/** Who did what to which object, when and why; nothing here can be changed. */
export function AuditTab() {
  const { t } = useTranslation();
  const word = useEnum();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/administration/audit" });
  const entries = usePaged<Schemas["AuditView"]>(["audit", filters], (cursor, signal) =>
    ask(
      http.GET("/api/v1/audit", {
        params: {
          query: { cursor, limit: 50, object_kind: filters.kind, object_id: filters.object },
        },
        signal,
      }),
    ),
  );
  return (
    <>
      <FilterBar>
        <FilterChip
          label={t("administration.object")}
          choices={KINDS.map((value) => ({ value, label: word("object", value) }))}
          value={filters.kind}
          onChange={(kind) =>
            void navigate({
              to: "/administration/audit",
              search: { ...filters, kind },
              replace: true,
            })
          }
        />
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("administration.tabs.audit")}
          rowKey={(row) => String(row.id)}
          empty={
            <EmptyState
              title={t("administration.nothingYet")}
              hint={t("administration.auditHint")}
            />
          }
          columns={[
            {
              key: "when",
              header: t("common.when"),
              phone: "side",
              cell: (row) => <TimeAgo at={row.recorded_at} />,
            },
            { key: "who", header: t("common.by"), phone: "main", cell: (row) => row.actor_name },
            {
              key: "action",
              header: t("administration.action"),
              cell: (row) => <code>{row.action}</code>,
            },
            {
              key: "object",
              header: t("administration.object"),
              cell: (row) => (
                <>
                  {word("object", row.object_kind)} <ShortId id={row.object_id} />
                </>
              ),
            },
            {
              key: "changes",
              header: t("common.changed"),
              cell: (row) => (
                <>
                  {row.reason}
                  <Changes changes={row.changes} />
                </>
              ),
            },
          ]}
          {...rowsOf(entries)}
        />
      </Section>
    </>
  );
}

const shown = (value: unknown): string =>
  value === null || value === undefined
    ? "–"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

const SHOWN = 2;

/** What changed from what to what; a long list opens on request. */
function Changes({ changes }: { changes: Record<string, unknown> }) {
  const { t } = useTranslation();
  const word = useEnum();
  const lines = Object.entries(changes).map(([field, pair]) => (
    <p key={field} className={classes.changes}>
      {word("field", field)}:{" "}
      {Array.isArray(pair) ? `${shown(pair[0])} → ${shown(pair[1])}` : shown(pair)}
    </p>
  ));
  if (lines.length <= SHOWN) return lines;
  return (
    <details className={classes.changes}>
      <summary>{t("administration.changes", { count: lines.length })}</summary>
      {lines}
    </details>
  );
}
