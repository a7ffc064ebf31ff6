// Sending a file: the one request whose progress somebody watches, which fetch does not tell.
import { csrfToken, idempotencyKey, type Schemas } from "../../api/client";
import { problemFrom, Unreachable } from "../../api/problem";

export type Attachment = Schemas["AttachmentView"];

export interface Sending {
  kind: Attachment["object_kind"];
  id: string;
  file: File;
  internal: boolean;
  keepMetadata: boolean;
}

/** Sends one file; `onShare` is told how much of it is on its way, 0 to 1. */
export function upload(sending: Sending, onShare: (share: number) => void): Promise<Attachment> {
  const form = new FormData();
  form.set("object_kind", sending.kind);
  form.set("object_id", sending.id);
  form.set("internal", String(sending.internal));
  form.set("keep_metadata", String(sending.keepMetadata));
  form.set("file", sending.file, sending.file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/attachments");
    request.responseType = "text";
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.setRequestHeader("Idempotency-Key", idempotencyKey());
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status === 201) resolve(body as Attachment);
      else reject(problemFrom(body, request.status));
    };
    request.onerror = () => reject(new Unreachable(undefined));
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page: the status alone speaks.
    return null;
  }
}
