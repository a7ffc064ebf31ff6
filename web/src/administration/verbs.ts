// How each kind of record is read and changed through the API.
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../api/client";
import type { ListWish } from "./RecordsTab";

const LIMIT = 50;
type Body = Record<string, unknown>;

const query = ({ q, archived, cursor }: ListWish) => ({ q, archived, cursor, limit: LIMIT });
const versioned = (row: { version: number }) => ({ "if-match": ifMatch(row.version) });
const once = () => ({ "idempotency-key": idempotencyKey() });

// A form's fields are data, so that its body is checked by the API and not by the compiler.
export const organisations = {
  list: (wish: ListWish) =>
    ask(http.GET("/api/v1/organisations", { params: { query: query(wish) }, signal: wish.signal })),
  create: (body: Body) =>
    ask(
      http.POST("/api/v1/organisations", {
        params: { header: once() },
        body: body as Schemas["OrganisationCreate"],
      }),
    ),
  update: (row: Schemas["OrganisationView"], body: Body) =>
    ask(
      http.PATCH("/api/v1/organisations/{organisation_id}", {
        params: { path: { organisation_id: row.id }, header: versioned(row) },
        body,
      }),
    ),
  archive: (row: Schemas["OrganisationView"]) =>
    ask(
      http.POST("/api/v1/organisations/{organisation_id}/archive", {
        params: { path: { organisation_id: row.id }, header: versioned(row) },
      }),
    ),
  restore: (row: Schemas["OrganisationView"]) =>
    ask(
      http.POST("/api/v1/organisations/{organisation_id}/restore", {
        params: { path: { organisation_id: row.id }, header: versioned(row) },
      }),
    ),
};

export const sites = {
  list: (wish: ListWish) =>
    ask(http.GET("/api/v1/sites", { params: { query: query(wish) }, signal: wish.signal })),
  create: (body: Body) =>
    ask(
      http.POST("/api/v1/sites", {
        params: { header: once() },
        body: body as Schemas["SiteCreate"],
      }),
    ),
  update: (row: Schemas["SiteView"], body: Body) =>
    ask(
      http.PATCH("/api/v1/sites/{site_id}", {
        params: { path: { site_id: row.id }, header: versioned(row) },
        body,
      }),
    ),
  archive: (row: Schemas["SiteView"]) =>
    ask(
      http.POST("/api/v1/sites/{site_id}/archive", {
        params: { path: { site_id: row.id }, header: versioned(row) },
      }),
    ),
  restore: (row: Schemas["SiteView"]) =>
    ask(
      http.POST("/api/v1/sites/{site_id}/restore", {
        params: { path: { site_id: row.id }, header: versioned(row) },
      }),
    ),
};

export const models = {
  list: (wish: ListWish) =>
    ask(
      http.GET("/api/v1/product-models", { params: { query: query(wish) }, signal: wish.signal }),
    ),
  create: (body: Body) =>
    ask(
      http.POST("/api/v1/product-models", {
        params: { header: once() },
        body: body as Schemas["ProductModelCreate"],
      }),
    ),
  update: (row: Schemas["ProductModelView"], body: Body) =>
    ask(
      http.PATCH("/api/v1/product-models/{model_id}", {
        params: { path: { model_id: row.id }, header: versioned(row) },
        body,
      }),
    ),
  archive: (row: Schemas["ProductModelView"]) =>
    ask(
      http.POST("/api/v1/product-models/{model_id}/archive", {
        params: { path: { model_id: row.id }, header: versioned(row) },
      }),
    ),
  restore: (row: Schemas["ProductModelView"]) =>
    ask(
      http.POST("/api/v1/product-models/{model_id}/restore", {
        params: { path: { model_id: row.id }, header: versioned(row) },
      }),
    ),
};

export const assets = {
  list: (wish: ListWish) =>
    ask(http.GET("/api/v1/assets", { params: { query: query(wish) }, signal: wish.signal })),
  create: (body: Body) =>
    ask(
      http.POST("/api/v1/assets", {
        params: { header: once() },
        body: body as Schemas["AssetCreate"],
      }),
    ),
  update: (row: Schemas["AssetView"], body: Body) =>
    ask(
      http.PATCH("/api/v1/assets/{asset_id}", {
        params: { path: { asset_id: row.id }, header: versioned(row) },
        body,
      }),
    ),
  archive: (row: Schemas["AssetView"]) =>
    ask(
      http.POST("/api/v1/assets/{asset_id}/archive", {
        params: { path: { asset_id: row.id }, header: versioned(row) },
      }),
    ),
  restore: (row: Schemas["AssetView"]) =>
    ask(
      http.POST("/api/v1/assets/{asset_id}/restore", {
        params: { path: { asset_id: row.id }, header: versioned(row) },
      }),
    ),
};

export const people = {
  list: ({ q, cursor, signal }: ListWish) =>
    ask(http.GET("/api/v1/people", { params: { query: { q, cursor, limit: LIMIT } }, signal })),
  create: (body: Body) =>
    ask(http.POST("/api/v1/people", { body: body as Schemas["PersonCreate"] })),
  update: (row: Schemas["PersonView"], body: Body) =>
    ask(
      http.PATCH("/api/v1/people/{person_id}", {
        params: { path: { person_id: row.id }, header: versioned(row) },
        body,
      }),
    ),
};
