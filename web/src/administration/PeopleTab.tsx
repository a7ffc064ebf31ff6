import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { ORGANISATIONS } from "../api/sources";
import { useAction } from "../api/useAction";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import type { Field } from "../ui/record/fields";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import classes from "./administration.module.css";
import { RecordsTab } from "./RecordsTab";
import { useRoles } from "./roles";
import { people } from "./verbs";

type Row = Schemas["PersonView"];
type PasswordLink = Schemas["PasswordLinkView"];

const stateOf = (row: Row) => (!row.active ? "inactive" : row.invited ? "invited" : "active");

/** Who signs in, as what, and the link that lets them in. */
export function PeopleTab() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("administration.manage");
  const roles = useRoles();
  const sites = useQuery({
    queryKey: ["sites", "choices"],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/sites", { params: { query: { limit: 200 } }, signal })),
  });
  const [link, setLink] = useState<PasswordLink | null>(null);
  const fields: Field[] = [
    { name: "name", label: t("administration.personName"), form: "text", required: true },
    { name: "email", label: t("common.email"), form: "email", required: true },
    {
      name: "organisation_id",
      label: t("common.organisation"),
      form: "remote",
      required: true,
      fixed: true,
      source: () => ORGANISATIONS,
    },
    { name: "phone", label: t("common.phone"), form: "tel" },
    {
      name: "language",
      label: t("shell.language"),
      form: "choice",
      required: true,
      initial: "zh",
      choices: ["zh", "en"].map((value) => ({ value, label: word("language", value) })),
    },
    {
      name: "roles",
      label: t("administration.roles"),
      form: "many",
      choices: (roles.data?.items ?? []).map((role) => ({
        value: role.name,
        label: word("role", role.name),
      })),
    },
    {
      name: "skills",
      label: t("administration.skills"),
      form: "tags",
      hint: t("administration.skillsHint"),
    },
    {
      name: "site_ids",
      label: t("administration.sitesLookedAfter"),
      form: "many",
      choices: (sites.data?.items ?? []).map((site) => ({ value: site.id, label: site.name })),
    },
  ];
  return (
    <>
      <RecordsTab<Row>
        queryKey="people"
        label={t("administration.tabs.people")}
        newLabel={t("administration.newPerson")}
        emptyHint={t("administration.peopleHint")}
        nameOf={(row) => row.name}
        fields={fields}
        columns={[
          {
            key: "name",
            header: t("administration.personName"),
            phone: "main",
            cell: (row) => (
              <>
                {row.name}
                <div className={classes.changes}>{row.email}</div>
              </>
            ),
          },
          {
            key: "roles",
            header: t("administration.roles"),
            cell: (row) => row.roles.map((role) => word("role", role)).join(", "),
          },
          {
            key: "skills",
            header: t("administration.skills"),
            phone: "hidden",
            cell: (row) => row.skills.map((skill) => word("skill", skill)).join(", "),
          },
          {
            key: "state",
            header: t("common.state"),
            cell: (row) => <StatusChip of="personState" state={stateOf(row)} />,
          },
          {
            key: "link",
            header: "",
            align: "right",
            cell: (row) => (may ? <PersonVerbs row={row} onLink={setLink} /> : null),
          },
        ]}
        list={people.list}
        create={may ? people.create : undefined}
        update={may ? people.update : undefined}
        made={(answer) => <LinkToHandOver link={(answer as Schemas["PersonCreated"]).invitation} />}
      />
      {link ? <LinkToHandOver link={link} /> : null}
    </>
  );
}

function PersonVerbs({ row, onLink }: { row: Row; onLink: (link: PasswordLink) => void }) {
  const { t } = useTranslation();
  const issue = useAction({
    run: () =>
      ask(
        http.POST("/api/v1/people/{person_id}/password-link", {
          params: { path: { person_id: row.id } },
        }),
      ),
    touches: [["people"]],
    after: onLink,
  });
  const activate = useAction({
    run: () => people.update(row, { active: !row.active }),
    touches: [["people"]],
    done: () => t("common.saved"),
  });
  return (
    <>
      {row.active ? (
        <Button
          size="compact-xs"
          variant="default"
          loading={issue.isPending}
          onClick={() => issue.mutate(undefined)}
        >
          {row.invited ? t("administration.inviteAgain") : t("administration.resetPassword")}
        </Button>
      ) : null}
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        loading={activate.isPending}
        onClick={() => activate.mutate(undefined)}
      >
        {row.active ? t("administration.deactivate") : t("administration.activate")}
      </Button>
      <ActionProblem error={issue.error ?? activate.error} />
    </>
  );
}

/** A link that lets somebody in: shown once, to be handed over. */
function LinkToHandOver({ link }: { link: PasswordLink }) {
  const { t } = useTranslation();
  return (
    <div className={classes.secret} role="status" data-testid="password-link">
      <span>{t("administration.handOver")}</span>
      <code>{link.url}</code>
      <CopyButton value={link.url}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {copied ? t("common.copied") : t("administration.copy")}
          </Button>
        )}
      </CopyButton>
      <span>
        {t("administration.goodUntil")} <TimeAgo at={link.expires_at} exact />
      </span>
    </div>
  );
}
