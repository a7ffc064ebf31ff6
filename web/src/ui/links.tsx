// Links to the platform's objects, one look for each wherever it is named.
import { Link } from "@tanstack/react-router";
import classes from "./small.module.css";

interface AssetProps {
  id: string;
  name: string;
  serial?: string | null;
}

export function AssetLink({ id, name, serial }: AssetProps) {
  return (
    <span>
      <Link to="/assets/$assetId" params={{ assetId: id }} className={classes.link}>
        {name}
      </Link>
      {serial ? <span className={classes.linkSub}>{serial}</span> : null}
    </span>
  );
}

export function OrderLink({ id, number }: { id: string; number: string }) {
  return (
    <Link to="/work-orders/$orderId" params={{ orderId: id }} className={classes.link}>
      {number}
    </Link>
  );
}

export function ComplaintLink({ id, number }: { id: string; number: string }) {
  return (
    <Link to="/complaints/$complaintId" params={{ complaintId: id }} className={classes.link}>
      {number}
    </Link>
  );
}

export function ClaimLink({ id, number }: { id: string; number: string }) {
  return (
    <Link to="/claims/$claimId" params={{ claimId: id }} className={classes.link}>
      {number}
    </Link>
  );
}

export function AlarmLink({ id, children }: { id: string; children: React.ReactNode }) {
  return (
    <Link to="/alarms/$alarmId" params={{ alarmId: id }} className={classes.link}>
      {children}
    </Link>
  );
}
