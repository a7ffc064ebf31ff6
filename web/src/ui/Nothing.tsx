/** Stands where a value could be and is not. */
export function Nothing() {
  return <span style={{ color: "var(--fw-muted)" }}>–</span>;
}
