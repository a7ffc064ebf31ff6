// The areas of the app, in the order of the rail, and who gets to see each.
import {
  BellRing,
  BookOpen,
  Boxes,
  ClipboardList,
  Cog,
  Gauge,
  LayoutDashboard,
  type LucideIcon,
  MessageSquareWarning,
  Router as RouterIcon,
  ShieldCheck,
} from "lucide-react";

export type Area =
  | "overview"
  | "orders"
  | "complaints"
  | "alarms"
  | "assets"
  | "claims"
  | "parts"
  | "knowledge"
  | "gateways"
  | "administration";

export interface NavItem {
  area: Area;
  to:
    | "/"
    | "/work-orders"
    | "/complaints"
    | "/alarms"
    | "/assets"
    | "/claims"
    | "/parts"
    | "/knowledge"
    | "/gateways"
    | "/administration";
  icon: LucideIcon;
  /** Any one of these lets somebody in. */
  permissions: string[];
}

export const NAV: NavItem[] = [
  { area: "overview", to: "/", icon: LayoutDashboard, permissions: [] },
  { area: "orders", to: "/work-orders", icon: ClipboardList, permissions: ["work_orders.read"] },
  {
    area: "complaints",
    to: "/complaints",
    icon: MessageSquareWarning,
    permissions: ["complaints.read"],
  },
  { area: "alarms", to: "/alarms", icon: BellRing, permissions: ["alarms.read"] },
  { area: "assets", to: "/assets", icon: Gauge, permissions: ["assets.read"] },
  { area: "claims", to: "/claims", icon: ShieldCheck, permissions: ["claims.read"] },
  { area: "parts", to: "/parts", icon: Boxes, permissions: ["parts.read"] },
  { area: "knowledge", to: "/knowledge", icon: BookOpen, permissions: ["knowledge.read"] },
  { area: "gateways", to: "/gateways", icon: RouterIcon, permissions: ["gateways.read"] },
  {
    area: "administration",
    to: "/administration",
    icon: Cog,
    permissions: ["administration.manage", "policies.manage", "audit.read", "assets.write"],
  },
];
