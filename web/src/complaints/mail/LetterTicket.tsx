import { Link } from "@tanstack/react-router";
import { Nothing } from "../../ui/Nothing";
import type { Letter } from "./api";

/** The ticket a letter belongs to. */
export function LetterTicket({ letter }: { letter: Letter }) {
  if (!letter.ticket_id) return <Nothing />;
  return letter.ticket_family === "complaint" ? (
    <Link to="/complaints/$complaintId" params={{ complaintId: letter.ticket_id }}>
      {letter.ticket_number}
    </Link>
  ) : (
    <Link to="/work-orders/$orderId" params={{ orderId: letter.ticket_id }}>
      {letter.ticket_number}
    </Link>
  );
}
