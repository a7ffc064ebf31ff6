import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { TicketList } from "../tickets/TicketList";
import { Section } from "../ui/Section";
import { useComplaints } from "./api";

/** The complaints about one machine, newest first, in little room. */
export function ComplaintsOfAsset({ assetId, title }: { assetId: string; title: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const complaints = useComplaints({ assetId }, may("complaints.read"));
  if (!may("complaints.read")) return null;
  return (
    <Section title={title}>
      <TicketList
        tickets={complaints}
        empty={t("complaints.noneAboutAsset")}
        all={{ to: "/complaints", assetId }}
      />
    </Section>
  );
}
