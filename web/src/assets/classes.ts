export const EQUIPMENT_CLASSES = [
  "pump",
  "spindle",
  "compressor",
  "fan",
  "chiller",
  "unspecified",
] as const;
