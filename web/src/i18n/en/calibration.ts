export default {
  title: "False alarms of the whole machine",
  asked: "Asked, a year",
  atMost: "at most {{rate}}",
  expected: "Expected, a year",
  between: "{{mean}} ({{low}} – {{high}})",
  learning: "still being learnt",
  restsOn: "Rests on",
  blocks: "{{count}} blocks of normal running",
  fewBlocks: "only {{count}} blocks",
  said: "Counted as normal by verdicts",
  asOf: "As of",
  rough:
    "Less than a day of normal running was seen: the expectation is a guess, and may be far off.",
  none: "The series of this machine are not judged together, or not yet",
  noneOfFleet: "No machine's series are judged together yet",
  together: "Machines together ({{count}}): asked {{asked}} a year, expected {{expected}}.",
  stillLearning: "{{count}} still being learnt.",
  roughCount: "{{count}} of them seen for less than a day: a guess.",
  field: "False alarms a year and machine, at most",
  fieldHint:
    "Of judging a machine's series together. Empty: {{rate}}. Fewer means that faults are told later.",
};
