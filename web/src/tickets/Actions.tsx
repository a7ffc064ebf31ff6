import { Button, Menu } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { useEnum } from "../ui/useEnum";
import { ActionDialog } from "./ActionDialog";
import type { Action, Family, TicketDetail } from "./api";
import { useMove } from "./api";

// What somebody most likely came to do at a stage.
const MAIN: Record<string, Action[]> = {
  pending: ["assign", "triage"],
  triaged: ["assign"],
  assigned: ["start"],
  in_progress: ["close", "finish"],
  on_hold: ["resume"],
  awaiting_confirmation: ["confirm"],
};
// Nothing more has to be said for these.
const DIRECT: Action[] = ["triage", "start", "resume", "confirm"];

interface Props {
  family: Family;
  detail: TicketDetail;
}

/** What the reader may do to a ticket now: the likely verb as a button, the others in a menu. */
export function Actions({ family, detail }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [asked, setAsked] = useState<Action | null>(null);
  const move = useMove(family, detail.id, detail.version);
  const allowed = detail.allowed_actions;
  const main = (MAIN[detail.stage] ?? []).find((action) => allowed.includes(action));
  const others = allowed.filter((action) => action !== main);
  const choose = (action: Action) =>
    DIRECT.includes(action) ? move.mutate({ action }) : setAsked(action);

  return (
    <>
      {others.length > 0 ? (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <Button
              variant="default"
              rightSection={<ChevronDown size={14} />}
              data-testid="more-actions"
            >
              {main ? t("tickets.moreActions") : t("common.actions")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((action) => (
              <Menu.Item
                key={action}
                color={action === "cancel" ? "red" : undefined}
                data-testid={`action-${action}`}
                onClick={() => choose(action)}
              >
                {word("action", action)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
      {main ? (
        <Button
          onClick={() => choose(main)}
          loading={move.isPending}
          data-testid={`action-${main}`}
        >
          {word("action", main)}
        </Button>
      ) : null}
      {asked ? (
        <ActionDialog
          family={family}
          detail={detail}
          action={asked}
          onClose={() => setAsked(null)}
        />
      ) : null}
      {move.error ? <ActionProblem error={move.error} onReload={move.reset} /> : null}
    </>
  );
}
