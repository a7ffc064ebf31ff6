export default {
  promised: "Promised times",
  left: "{{time}} left",
  late: "{{time}} late",
  met: "kept, in {{time}}",
  missed: "missed by {{time}}",
  cancelled: "no longer counts",
  due: "until",
  outsideHours: "outside working hours",
  pausedWhy: "Stands still: {{why}}",
};
