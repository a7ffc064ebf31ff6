import { Avatar, Menu, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BellRing, LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useEnum } from "../ui/useEnum";
import { useMe, useSignOut } from "./session";
import classes from "./UserMenu.module.css";

export function UserMenu() {
  const { t } = useTranslation();
  const word = useEnum();
  const me = useMe();
  const signOut = useSignOut();
  const roles = me.roles.map((role) => word("role", role)).join(", ");
  return (
    <Menu position="bottom-end" shadow="md" width={230}>
      <Menu.Target>
        <UnstyledButton
          className={classes.who}
          aria-label={t("shell.account", { name: me.name })}
          data-testid="user-menu"
        >
          <Avatar size={28} radius="xl" name={me.name} color="gray" />
          <span className={classes.words}>
            <span className={classes.name}>{me.name}</span>
            <span className={classes.role}>{roles}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name}
          <br />
          {roles}
        </Menu.Label>
        <Menu.Item
          component={Link}
          to="/notices"
          leftSection={<BellRing size={15} />}
          data-testid="own-notices"
        >
          {t("shell.notices")}
        </Menu.Item>
        <Menu.Item
          leftSection={<LogOut size={15} />}
          onClick={() => signOut.mutate()}
          data-testid="sign-out"
        >
          {t("shell.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
