import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { plainCode } from "../ui/format";
import { ComplaintLink, OrderLink } from "../ui/links";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import type { TimelineEntry } from "./api";

interface EntryWords {
  what: ReactNode;
  note?: ReactNode;
}

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** A timeline entry in words of the reader's language. */
export function useEntryWords(): (entry: TimelineEntry) => EntryWords {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();

  return (entry) => {
    const data = (entry.data ?? {}) as Record<string, unknown>;
    const said = entry.text ?? undefined;
    switch (entry.kind) {
      case "created":
        return {
          what:
            data.origin === "alarm"
              ? t("tickets.entry.createdByAlarm")
              : t("tickets.entry.created"),
        };
      case "comment":
        return {
          what: [
            entry.internal ? t("tickets.entry.internalComment") : t("tickets.entry.comment"),
            named(data.mentions),
          ]
            .filter(Boolean)
            .join(" · "),
          note: said,
        };
      case "transition": {
        const hold = text(data.hold_reason);
        const findings = (data.resolution as { findings?: string } | undefined)?.findings;
        const notes = [hold ? word("holdReason", hold) : "", said ?? "", findings ?? ""]
          .filter(Boolean)
          .join("\n");
        const what =
          data.action === "assign"
            ? t("tickets.entry.assigned", { name: text(data.assignee_name) })
            : t("tickets.entry.moved", {
                action: word("action", text(data.action)),
                stage: word("stage", text(data.to)),
              });
        return { what, note: notes || undefined };
      }
      case "assignment":
        return {
          what: data.assignee_name
            ? t("tickets.entry.dispatched", { name: text(data.assignee_name) })
            : t("tickets.entry.notDispatched"),
          note: word("dispatch", text(data.code)),
        };
      case "edit":
        return { what: t("tickets.entry.edited"), note: changed(data.changes) };
      case "link":
      case "unlink": {
        const Named = data.kind === "complaint" ? ComplaintLink : OrderLink;
        return {
          what: (
            <>
              {entry.kind === "link" ? t("tickets.entry.linked") : t("tickets.entry.unlinked")}{" "}
              <Named id={text(data.ticket_id)} number={text(data.number)} />
              {data.by_rule ? ` (${t("tickets.byRule")})` : null}
            </>
          ),
          note: said,
        };
      }
      case "alarm_update":
        return {
          what: data.cleared_at ? t("tickets.entry.alarmCleared") : t("tickets.entry.alarmAgain"),
          note: local(data.summary) || said,
        };
      case "part":
        return {
          what: t("tickets.entry.part", {
            part: text(data.part_number),
            position: text(data.position),
          }),
          note:
            [
              data.failed_serial ? `${t("tickets.failedSerial")}: ${text(data.failed_serial)}` : "",
              data.replacement_serial
                ? `${t("tickets.replacementSerial")}: ${text(data.replacement_serial)}`
                : "",
            ]
              .filter(Boolean)
              .join("\n") || undefined,
        };
      case "attachment": {
        const name = text(data.file_name);
        return {
          what: data.removed
            ? t("tickets.entry.tookOff", { name })
            : t("tickets.entry.attached", { name }),
          note: said,
        };
      }
      default:
        return { what: plainCode(String(entry.kind)), note: said };
    }
  };

  function named(mentions: unknown): string {
    const names = Array.isArray(mentions) ? mentions.map((each) => text(each?.name)) : [];
    return names.length > 0 ? t("tickets.entry.told", { names: names.join(", ") }) : "";
  }

  function changed(changes: unknown): string | undefined {
    if (typeof changes !== "object" || changes === null) return undefined;
    return Object.entries(changes as Record<string, unknown>)
      .map(([field, pair]) => {
        const [before, after] = Array.isArray(pair) ? pair : [undefined, pair];
        return `${word("field", field)}: ${shown(before)} → ${shown(after)}`;
      })
      .join("\n");
  }

  function shown(value: unknown): string {
    if (value === null || value === undefined || value === "") return "–";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}
