// A server for one test: addresses and what they answer. Anything else fails the test.
import { vi } from "vitest";

export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Answer =
  | { status?: number; body?: unknown }
  | ((asked: Asked) => { status?: number; body?: unknown });

/** Answers requests by `METHOD /path` without the prefix; returns what was asked, in order. */
export function answering(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.replace("/api/v1", "");
    const text = await request.text();
    const one: Asked = {
      method: request.method,
      path,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    };
    asked.push(one);
    const answer = answers[`${request.method} ${path}`];
    if (!answer) throw new TypeError(`nothing answers ${request.method} ${path}`);
    const { status = 200, body } = typeof answer === "function" ? answer(one) : answer;
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { "Content-Type": status >= 400 ? "application/problem+json" : "application/json" },
    });
  });
  return asked;
}

/** A refusal as the API makes it. */
export function refusal(status: number, code: string, detail = "", facts: object = {}) {
  return {
    status,
    body: {
      type: `urn:forewarn:problem:${code}`,
      title: "",
      status,
      code,
      detail,
      facts,
      errors: [],
    },
  };
}
