// Every address of the app. A page's code is fetched when somebody is about to open it.
import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { alarmPages } from "./alarm-routes";
import { knowledgePages } from "./knowledge-routes";
import { PageFailed } from "./PageFailed";
import { at, root } from "./root-route";
import { filters } from "./search-params";

const overview = createRoute({
  ...at("/"),
  component: lazyRouteComponent(() => import("../overview/OverviewPage"), "OverviewPage"),
});

const setPassword = createRoute({
  ...at("/set-password"),
  component: lazyRouteComponent(() => import("../signin/SetPasswordPage"), "SetPasswordPage"),
});

const orders = createRoute({
  ...at("/work-orders"),
  validateSearch: filters("state", "kind", "priority", "assignee", "asset"),
  component: lazyRouteComponent(() => import("../orders/OrdersPage"), "OrdersPage"),
});

const order = createRoute({
  ...at("/work-orders/$orderId"),
  component: lazyRouteComponent(() => import("../orders/OrderPage"), "OrderPage"),
});

const complaints = createRoute({
  ...at("/complaints"),
  validateSearch: filters("state", "priority", "asset"),
  component: lazyRouteComponent(() => import("../complaints/ComplaintsPage"), "ComplaintsPage"),
});

const newComplaint = createRoute({
  ...at("/complaints/new"),
  validateSearch: filters("asset"),
  component: lazyRouteComponent(() => import("../complaints/NewComplaintPage"), "NewComplaintPage"),
});

const letters = createRoute({
  ...at("/complaints/mail"),
  validateSearch: filters("state"),
  component: lazyRouteComponent(() => import("../complaints/mail/MailPage"), "MailPage"),
});

const complaint = createRoute({
  ...at("/complaints/$complaintId"),
  component: lazyRouteComponent(() => import("../complaints/ComplaintPage"), "ComplaintPage"),
});

const assets = createRoute({
  ...at("/assets"),
  validateSearch: filters("q", "class", "organisation", "site"),
  component: lazyRouteComponent(() => import("../assets/AssetsPage"), "AssetsPage"),
});

const asset = createRoute({
  ...at("/assets/$assetId"),
  validateSearch: filters("span", "from", "to"),
  component: lazyRouteComponent(() => import("../assets/AssetPage"), "AssetPage"),
});

const limits = createRoute({
  ...at("/assets/$assetId/limits"),
  component: lazyRouteComponent(() => import("../alarms/limits/LimitsPage"), "LimitsPage"),
});

const states = createRoute({
  ...at("/assets/$assetId/states"),
  validateSearch: filters("span"),
  component: lazyRouteComponent(() => import("../assets/states/StatesPage"), "StatesPage"),
});

const claims = createRoute({
  ...at("/claims"),
  validateSearch: filters("state", "asset"),
  component: lazyRouteComponent(() => import("../claims/ClaimsPage"), "ClaimsPage"),
});

const newClaim = createRoute({
  ...at("/claims/new"),
  validateSearch: filters("asset", "order"),
  component: lazyRouteComponent(() => import("../claims/NewClaimPage"), "NewClaimPage"),
});

const claim = createRoute({
  ...at("/claims/$claimId"),
  component: lazyRouteComponent(() => import("../claims/ClaimPage"), "ClaimPage"),
});

const parts = createRoute({
  ...at("/parts"),
  validateSearch: filters("tab", "q", "location", "part"),
  component: lazyRouteComponent(() => import("../parts/PartsPage"), "PartsPage"),
});

const gateways = createRoute({
  ...at("/gateways"),
  validateSearch: filters(
    "tab",
    "q",
    "show",
    "organisation",
    "site",
    "gateway",
    "state",
    "reason",
    "source",
    "kind",
  ),
  component: lazyRouteComponent(() => import("../gateways/GatewaysPage"), "GatewaysPage"),
});

const connect = createRoute({
  ...at("/gateways/connect"),
  validateSearch: filters("organisation", "site", "gateway", "step"),
  component: lazyRouteComponent(() => import("../gateways/connect/ConnectPage"), "ConnectPage"),
});

const gateway = createRoute({
  ...at("/gateways/$gatewayId"),
  validateSearch: filters("tab", "q", "asset", "version", "state", "reason", "source", "removed"),
  component: lazyRouteComponent(() => import("../gateways/GatewayPage"), "GatewayPage"),
});

const notices = createRoute({
  ...at("/notices"),
  component: lazyRouteComponent(() => import("../notices/NoticesPage"), "NoticesPage"),
});

const administration = createRoute({
  ...at("/administration"),
  beforeLoad: ({ location }) => {
    if (location.pathname.replace(/\/$/, "") === "/administration") {
      throw redirect({ to: "/administration/organisations" });
    }
  },
  component: lazyRouteComponent(
    () => import("../administration/AdministrationPage"),
    "AdministrationPage",
  ),
});

const under = <Path extends string>(path: Path) => ({ getParentRoute: () => administration, path });

const administrationPages = [
  createRoute({
    ...under("/organisations"),
    component: lazyRouteComponent(
      () => import("../administration/OrganisationsTab"),
      "OrganisationsTab",
    ),
  }),
  createRoute({
    ...under("/people"),
    component: lazyRouteComponent(() => import("../administration/PeopleTab"), "PeopleTab"),
  }),
  createRoute({
    ...under("/roles"),
    component: lazyRouteComponent(() => import("../administration/RolesTab"), "RolesTab"),
  }),
  createRoute({
    ...under("/sites"),
    component: lazyRouteComponent(() => import("../administration/SitesTab"), "SitesTab"),
  }),
  createRoute({
    ...under("/models"),
    component: lazyRouteComponent(() => import("../administration/ModelsTab"), "ModelsTab"),
  }),
  createRoute({
    ...under("/assets"),
    component: lazyRouteComponent(() => import("../administration/AssetsTab"), "AssetsTab"),
  }),
  createRoute({
    ...under("/policies"),
    component: lazyRouteComponent(() => import("../administration/PoliciesTab"), "PoliciesTab"),
  }),
  createRoute({
    ...under("/notices"),
    component: lazyRouteComponent(() => import("../notices/DeliveriesTab"), "DeliveriesTab"),
  }),
  createRoute({
    ...under("/audit"),
    validateSearch: filters("kind", "object"),
    component: lazyRouteComponent(() => import("../administration/AuditTab"), "AuditTab"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    setPassword,
    orders,
    order,
    complaints,
    letters,
    newComplaint,
    complaint,
    ...alarmPages,
    ...knowledgePages,
    assets,
    asset,
    limits,
    states,
    claims,
    newClaim,
    claim,
    parts,
    gateways,
    connect,
    gateway,
    notices,
    administration.addChildren([...administrationPages]),
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
