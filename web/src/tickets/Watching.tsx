import { Button } from "@mantine/core";
import { Bell, BellOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { Section } from "../ui/Section";
import type { Family, TicketDetail } from "./api";
import classes from "./tickets.module.css";
import { useWatch } from "./watching";

/** Who follows a ticket, and following it oneself. */
export function Watching({ family, detail }: { family: Family; detail: TicketDetail }) {
  const { t } = useTranslation();
  const watch = useWatch(family, detail.id);
  const { watching, watchers } = detail;
  return (
    <Section
      title={t("tickets.watchers")}
      aside={
        <Button
          size="compact-xs"
          variant="default"
          leftSection={watching ? <BellOff size={13} /> : <Bell size={13} />}
          loading={watch.isPending}
          onClick={() => watch.mutate(!watching)}
          data-testid="watch"
        >
          {watching ? t("tickets.unwatch") : t("tickets.watch")}
        </Button>
      }
    >
      <p className={classes.prose}>
        {watchers.length > 0
          ? watchers.map((each) => each.name).join(", ")
          : watching
            ? t("tickets.watchedByYou")
            : t("tickets.watchHint")}
      </p>
      <ActionProblem error={watch.error} />
    </Section>
  );
}
