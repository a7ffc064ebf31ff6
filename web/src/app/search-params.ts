// Filters live in the address, so that a list can be sent to a colleague as it is seen.

/** Reads the named filters of an address: text each, absent when empty; anything else is dropped. */
export function filters<Name extends string>(...names: Name[]) {
  return (raw: Record<string, unknown>): Partial<Record<Name, string>> => {
    const read: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value = raw[name];
      if (typeof value === "string" && value !== "") read[name] = value;
      else if (typeof value === "number" || typeof value === "boolean") read[name] = String(value);
    }
    return read;
  };
}
