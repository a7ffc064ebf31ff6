import { Checkbox } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import classes from "./administration.module.css";
import { usePermissions, useRoles } from "./roles";

type RoleList = Schemas["RoleList"];

interface Change {
  role: Schemas["RoleView"];
  permissions: string[];
}

/** What each role allows: permissions down, roles across. A tick is shown at once and taken back if refused. */
export function RolesTab() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("administration.manage");
  const cache = useQueryClient();
  const roles = useRoles();
  const permissions = usePermissions();
  const save = useAction({
    run: ({ role, permissions: wanted }: Change) =>
      ask(
        http.PUT("/api/v1/roles/{name}", {
          params: { path: { name: role.name }, header: { "if-match": ifMatch(role.version) } },
          body: { permissions: wanted },
        }),
      ),
    touches: [["roles"]],
    failed: () => void cache.invalidateQueries({ queryKey: ["roles"] }),
  });
  const tick = (role: Schemas["RoleView"], permission: string, on: boolean) => {
    const wanted = on
      ? [...role.permissions, permission]
      : role.permissions.filter((each) => each !== permission);
    cache.setQueryData<RoleList>(["roles"], (before) =>
      before
        ? {
            items: before.items.map((each) =>
              each.name === role.name ? { ...each, permissions: wanted } : each,
            ),
          }
        : before,
    );
    save.mutate({ role, permissions: wanted });
  };

  return (
    <>
      <ActionProblem error={save.error} onReload={save.reset} />
      <Section flush>
        <QueryState query={permissions} height={480}>
          {(all) => (
            <QueryState query={roles} height={480}>
              {(list) => (
                <div className={classes.matrix}>
                  <table aria-label={t("administration.tabs.roles")}>
                    <thead>
                      <tr>
                        <th scope="col">{t("administration.permission")}</th>
                        {list.items.map((role) => (
                          <th key={role.name} scope="col">
                            {word("role", role.name)}
                            <br />
                            {t("administration.peopleCount", { count: role.people })}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {all.items.map((permission) => (
                        <tr key={permission.name}>
                          <th scope="row">
                            {word("permission", permission.name.replace(".", "_"))}
                          </th>
                          {list.items.map((role) => (
                            <td key={role.name}>
                              <Checkbox
                                size="xs"
                                disabled={!may || save.isPending}
                                aria-label={`${word("role", role.name)}: ${word("permission", permission.name.replace(".", "_"))}`}
                                checked={role.permissions.includes(permission.name)}
                                onChange={(event) =>
                                  tick(role, permission.name, event.currentTarget.checked)
                                }
                              />
                            </td>
                          ))}
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </QueryState>
          )}
        </QueryState>
      </Section>
    </>
  );
}
