// What people choose from by typing: machines, organisations, sites, models.
import type { RemoteSource } from "../ui/RemoteSelect";
import { ask, http, type Schemas } from "./client";

const LIMIT = 20;
const wanted = (q: string) => ({ q: q || undefined, limit: LIMIT });

const asset = (row: Schemas["AssetView"]) => ({
  value: row.id,
  label: `${row.serial_number} · ${row.name}`,
  note: [row.organisation_name, row.site_name].filter(Boolean).join(" · "),
});

export const ASSETS: RemoteSource = {
  key: "assets",
  find: async (q, signal) =>
    (await ask(http.GET("/api/v1/assets", { params: { query: wanted(q) }, signal }))).items.map(
      asset,
    ),
  read: async (id, signal) =>
    asset(
      await ask(
        http.GET("/api/v1/assets/{asset_id}", { params: { path: { asset_id: id } }, signal }),
      ),
    ),
};

const organisation = (row: Schemas["OrganisationView"]) => ({ value: row.id, label: row.name });

export const ORGANISATIONS: RemoteSource = {
  key: "organisations",
  find: async (q, signal) =>
    (
      await ask(http.GET("/api/v1/organisations", { params: { query: wanted(q) }, signal }))
    ).items.map(organisation),
  read: async (id, signal) =>
    organisation(
      await ask(
        http.GET("/api/v1/organisations/{organisation_id}", {
          params: { path: { organisation_id: id } },
          signal,
        }),
      ),
    ),
};

const site = (row: Schemas["SiteView"]) => ({
  value: row.id,
  label: row.name,
  note: row.address ?? undefined,
});

/** The sites of one organisation, or of all that are seen. */
export function sitesOf(organisationId: string | null): RemoteSource {
  return {
    key: organisationId ? `sites-${organisationId}` : "sites",
    find: async (q, signal) =>
      (
        await ask(
          http.GET("/api/v1/sites", {
            params: { query: { ...wanted(q), organisation_id: organisationId ?? undefined } },
            signal,
          }),
        )
      ).items.map(site),
    read: async (id, signal) =>
      site(
        await ask(
          http.GET("/api/v1/sites/{site_id}", { params: { path: { site_id: id } }, signal }),
        ),
      ),
  };
}

const gateway = (row: Schemas["GatewayView"]) => ({
  value: row.id,
  label: row.name,
  note: [row.organisation_name, row.site_name].filter(Boolean).join(" · "),
});

export const GATEWAYS: RemoteSource = {
  key: "gateways-found",
  find: async (q, signal) =>
    (await ask(http.GET("/api/v1/gateways", { params: { query: wanted(q) }, signal }))).items.map(
      gateway,
    ),
  read: async (id, signal) =>
    gateway(
      await ask(
        http.GET("/api/v1/gateways/{gateway_id}", {
          params: { path: { gateway_id: id } },
          signal,
        }),
      ),
    ),
};

const model = (row: Schemas["ProductModelView"]) => ({
  value: row.id,
  label: `${row.code} · ${row.name}`,
});

export const MODELS: RemoteSource = {
  key: "product-models",
  find: async (q, signal) =>
    (
      await ask(http.GET("/api/v1/product-models", { params: { query: wanted(q) }, signal }))
    ).items.map(model),
  read: async (id, signal) =>
    model(
      await ask(
        http.GET("/api/v1/product-models/{model_id}", {
          params: { path: { model_id: id } },
          signal,
        }),
      ),
    ),
};
