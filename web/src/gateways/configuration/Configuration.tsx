import { Button, Group } from "@mantine/core";
import { FileCog } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { LinkButton } from "../../ui/LinkButton";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { rowsOf } from "../../ui/usePaged";
import type { Gateway } from "../api";
import classes from "../gateways.module.css";
import { useVersion, useVersions, type Version } from "./api";
import { Editor } from "./Editor";
import { State } from "./State";
import { TagsEditor } from "./TagsEditor";
import { VersionPanel } from "./VersionPanel";

interface Props {
  gateway: Gateway;
  version: number | null;
  onVersion: (version: number | null) => void;
}

/** What a gateway is to read: how it stands, every version with what it changed, a new one. */
export function Configuration({ gateway, version, onVersion }: Props) {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage") && !gateway.revoked_at;
  const [editing, setEditing] = useState<"tags" | "text" | null>(null);
  const versions = useVersions(gateway.id);
  const wanted = gateway.configuration.wanted_version;
  const newest = useVersion(gateway.id, editing ? wanted : null);
  const close = () => setEditing(null);
  if (editing && wanted !== null) {
    const OneEditor = editing === "tags" ? TagsEditor : Editor;
    return (
      <QueryState query={newest} height={420}>
        {(found) => <OneEditor gateway={gateway} from={found} onClose={close} />}
      </QueryState>
    );
  }
  if (editing) return <Editor gateway={gateway} from={null} onClose={close} />;
  return (
    <>
      <State gateway={gateway} />
      <Section
        title={t("configuration.versions")}
        flush
        testId="configuration-versions"
        aside={
          may ? (
            <Group gap={8}>
              {gateway.checked_in_at ? (
                <LinkButton
                  to="/gateways/connect"
                  search={{ gateway: gateway.id, step: "browse" }}
                  size="compact-sm"
                  variant="default"
                >
                  {t("connect.addTags")}
                </LinkButton>
              ) : null}
              {wanted === null ? null : (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => setEditing("tags")}
                  data-testid="edit-tags"
                >
                  {t("configuration.editTags")}
                </Button>
              )}
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setEditing("text")}
                data-testid="edit-configuration"
              >
                {t("configuration.edit")}
              </Button>
            </Group>
          ) : null
        }
      >
        <DataTable<Version>
          label={t("configuration.versions")}
          rowKey={(row) => String(row.version)}
          expect={3}
          empty={
            <EmptyState
              icon={FileCog}
              title={t("configuration.empty")}
              hint={t("configuration.emptyHint")}
            />
          }
          columns={[
            {
              key: "version",
              header: t("configuration.version"),
              phone: "main",
              cell: (row) => (
                <button
                  type="button"
                  className={classes.rowButton}
                  aria-expanded={row.version === version}
                  onClick={() => onVersion(row.version === version ? null : row.version)}
                >
                  {t("configuration.versionShort", { version: row.version })}
                </button>
              ),
            },
            {
              key: "mark",
              header: t("common.state"),
              phone: "side",
              cell: (row) => <Marks gateway={gateway} version={row.version} />,
            },
            { key: "note", header: t("common.note"), cell: (row) => row.note || "–" },
            { key: "by", header: t("common.by"), cell: (row) => row.author_name },
            {
              key: "when",
              header: t("common.when"),
              cell: (row) => <TimeAgo at={row.created_at} exact />,
            },
          ]}
          {...rowsOf(versions)}
        />
      </Section>
      {version !== null ? (
        <VersionPanel
          key={version}
          gateway={gateway}
          version={version}
          onClose={() => onVersion(null)}
        />
      ) : null}
    </>
  );
}

function Marks({ gateway, version }: { gateway: Gateway; version: number }) {
  const { t } = useTranslation();
  const { applied_version, wanted_version } = gateway.configuration;
  const marks = [
    version === applied_version && t("configuration.inForce"),
    version === wanted_version && version !== applied_version && t("configuration.wanted"),
  ].filter(Boolean);
  return (
    <span className={marks.length > 0 ? classes.strong : classes.quiet}>
      {marks.join(" · ") || "–"}
    </span>
  );
}
