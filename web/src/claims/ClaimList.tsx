import tickets from "../tickets/tickets.module.css";
import { EmptyState } from "../ui/EmptyState";
import { ClaimLink } from "../ui/links";
import { QueryState } from "../ui/QueryState";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import type { Paged } from "../ui/usePaged";
import type { Claim } from "./api";

/** A few claims in a side column. */
export function ClaimList({ claims, empty }: { claims: Paged<Claim>; empty: string }) {
  return (
    <QueryState query={claims} height={56} small>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <EmptyState small title={empty} />;
        return (
          <ul className={tickets.links}>
            {rows.slice(0, 8).map((claim) => (
              <li key={claim.id}>
                <div className={tickets.linked}>
                  <span>
                    <ClaimLink id={claim.id} number={claim.number} />{" "}
                    <StatusChip of="claimState" state={claim.state} />
                  </span>
                  <span className={tickets.linkedTitle}>
                    {claim.lines.map((line) => `${line.part_number} · ${line.position}`).join(", ")}{" "}
                    · <TimeAgo at={claim.submitted_at ?? claim.created_at} />
                  </span>
                </div>
              </li>
            ))}
          </ul>
        );
      }}
    </QueryState>
  );
}
