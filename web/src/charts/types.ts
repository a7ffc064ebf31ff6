// What a chart is given. Times are milliseconds since the epoch, a null value is a gap.

export interface Line {
  ts: number[];
  values: (number | null)[];
}

/** What is expected: each row holds from its time until the next; null where nothing was known. */
export interface Band {
  ts: number[];
  low: (number | null)[];
  high: (number | null)[];
}

/** A span of time that wants attention. */
export interface Mark {
  id: string;
  from: number;
  /** null while it goes on. */
  to: number | null;
  level: string;
  label: string;
  /** The series has no part in it. */
  faint?: boolean;
}

/** A span in which readings are missing, and why. */
export interface Gap {
  from: number;
  to: number;
  reason: string;
}

export interface Span {
  from: number;
  to: number;
}
