// What is expected of a series over time: steps, each of which holds until the next.
import type { Band, Span } from "./types";

export interface BandPiece {
  from: number;
  to: number;
  low: number;
  high: number;
}

/** A band that is the same at all times. */
export function constantBand(low: number, high: number): Band {
  return { ts: [0], low: [low], high: [high] };
}

/** The parts of a band that are seen in a span; where nothing was known there is none. */
export function piecesIn(band: Band | null, span: Span): BandPiece[] {
  if (band === null) return [];
  const pieces: BandPiece[] = [];
  band.ts.forEach((at, index) => {
    const [low, high] = [band.low[index], band.high[index]];
    const from = Math.max(at, span.from);
    const to = Math.min(band.ts[index + 1] ?? span.to, span.to);
    if (typeof low !== "number" || typeof high !== "number" || to <= from) return;
    pieces.push({ from, to, low, high });
  });
  return pieces;
}

/** How far a band reaches in a span; null where it has no part in it. */
export function extent(pieces: BandPiece[]): { low: number; high: number } | null {
  if (pieces.length === 0) return null;
  return {
    low: Math.min(...pieces.map((piece) => piece.low)),
    high: Math.max(...pieces.map((piece) => piece.high)),
  };
}
