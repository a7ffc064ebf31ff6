import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, http } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";
import type { Family } from "../api";
import { shrunk } from "./shrink";
import { type Attachment, upload } from "./upload";

// Under the family's own key, so that a change notice of the ticket reads its files again too.
const keyOf = (family: Family, id: string) => [
  family === "work_order" ? "work-orders" : "complaints",
  "files",
  id,
];

export function useFiles(family: Family, id: string) {
  return usePaged<Attachment>(keyOf(family, id), (cursor, signal) =>
    ask(
      http.GET("/api/v1/attachments", {
        params: { query: { object_kind: family, object_id: id, cursor, limit: 50 } },
        signal,
      }),
    ),
  );
}

/** A file on its way; `error` once it was refused. */
export interface OnItsWay {
  key: string;
  name: string;
  share: number;
  error?: unknown;
}

/** Sends files one after another and says how far each is. */
export function useSending(family: Family, id: string) {
  const cache = useQueryClient();
  const [queue, setQueue] = useState<OnItsWay[]>([]);
  const change = (key: string, facts: Partial<OnItsWay>) =>
    setQueue((all) => all.map((each) => (each.key === key ? { ...each, ...facts } : each)));
  const dismiss = (key: string) => setQueue((all) => all.filter((each) => each.key !== key));

  const send = async (files: File[], internal: boolean, keepMetadata: boolean) => {
    const waiting = files.map((file) => ({ key: crypto.randomUUID(), file }));
    setQueue((all) => [
      ...all,
      ...waiting.map(({ key, file }) => ({ key, name: file.name, share: 0 })),
    ]);
    for (const { key, file } of waiting) {
      try {
        const ready = keepMetadata ? file : await shrunk(file);
        await upload({ kind: family, id, file: ready, internal, keepMetadata }, (share) =>
          change(key, { share }),
        );
        dismiss(key);
      } catch (error) {
        change(key, { error });
      }
    }
    await cache.invalidateQueries({ queryKey: keyOf(family, id).slice(0, 1) });
  };
  return { queue, send, dismiss };
}

/** Takes a file off its ticket. */
export function useTakeOff(family: Family, then: () => void) {
  return useAction({
    run: ({ id, reason }: { id: string; reason: string }) =>
      ask(
        http.DELETE("/api/v1/attachments/{attachment_id}", {
          params: { path: { attachment_id: id }, query: { reason } },
        }),
      ),
    touches: [keyOf(family, "").slice(0, 1)],
    after: then,
  });
}

/** Where a file's bytes are; pictures may be shown in place. */
export function contentOf(file: Attachment, inline = false): string {
  return `/api/v1/attachments/${encodeURIComponent(file.id)}/content${inline ? "?inline=true" : ""}`;
}

const SHOWN = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

export const isShown = (file: Attachment) => SHOWN.has(file.content_type);
