// The typed client: one way to ask the API, one way in which it refuses.
import createClient from "openapi-fetch";
import { problemFrom, Unreachable } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const http = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  credentials: "same-origin",
  // Looked up when called, so that tests can put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token that shows a change to come from our own pages; it changes with each sign-in. */
export function csrfToken(): string {
  return /(?:^|; )forewarn_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

http.use({
  onRequest({ request }) {
    if (!SAFE_METHODS.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken());
    return request;
  },
});

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * Waits for an answer and returns its data.
 *
 * Throws `Problem` when the API refuses and `Unreachable` when no answer comes.
 */
export async function ask<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Unreachable(cause);
  }
  if (!answer.response.ok) throw problemFrom(answer.error, answer.response.status);
  return answer.data as Data;
}

/** Makes a create safe to repeat: the same key is carried out once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** The version an update was made from, as the API wants it. */
export function ifMatch(version: number): string {
  return `"${version}"`;
}
