import {
  Boxes,
  CirclePlus,
  Link2,
  Link2Off,
  type LucideIcon,
  MessageSquare,
  MoveRight,
  Paperclip,
  Pencil,
  Siren,
  UserCheck,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { type Happening, Timeline } from "../ui/Timeline";
import type { TimelineEntry } from "./api";
import { useEntryWords } from "./useEntryWords";

const ICONS: Record<string, LucideIcon> = {
  created: CirclePlus,
  comment: MessageSquare,
  transition: MoveRight,
  assignment: UserCheck,
  edit: Pencil,
  link: Link2,
  unlink: Link2Off,
  alarm_update: Siren,
  part: Boxes,
  attachment: Paperclip,
};

/** What happened to a ticket, from its making on. */
export function TicketTimeline({ entries }: { entries: TimelineEntry[] }) {
  const { t } = useTranslation();
  const words = useEntryWords();
  if (entries.length === 0) return <EmptyState small title={t("tickets.timelineEmpty")} />;
  const items = entries.map(
    (entry): Happening => ({
      id: String(entry.id),
      at: entry.event_at,
      who: entry.actor_name,
      what: words(entry).what,
      note: words(entry).note,
      icon: ICONS[entry.kind],
      tone:
        entry.kind === "alarm_update"
          ? "critical"
          : entry.kind === "comment"
            ? "accent"
            : undefined,
    }),
  );
  return <Timeline items={items} label={t("tickets.timeline")} />;
}
