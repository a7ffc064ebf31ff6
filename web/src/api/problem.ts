// What the API refuses, as it says it (RFC 9457 problem+json), and what the network refuses.

export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

interface Shape {
  code?: string;
  title?: string;
  detail?: string;
  request_id?: string | null;
  facts?: Record<string, unknown>;
  errors?: FieldProblem[];
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null,
    readonly facts: Record<string, unknown>,
    readonly fields: FieldProblem[],
  ) {
    super(detail || title || code);
    this.name = "Problem";
  }
}

/** The answer did not come: no network, or the server is not there. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

/** Reads a refused answer's body; a proxy's HTML page becomes a problem without words. */
export function problemFrom(body: unknown, status: number): Problem {
  const shape: Shape = typeof body === "object" && body !== null ? (body as Shape) : {};
  return new Problem(
    status,
    shape.code ?? `http_${status}`,
    shape.title ?? "",
    shape.detail ?? "",
    shape.request_id ?? null,
    shape.facts ?? {},
    Array.isArray(shape.errors) ? shape.errors : [],
  );
}

export function isStale(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

export function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}
