export default {
  attach: "Attach files",
  dismiss: "Put away {{name}}",
  internal: "Internal: only the manufacturer's people see it",
  internalMark: "internal",
  keepPlace: "Keep place, time and device in pictures",
  none: "No files yet",
  onItsWay: "Sending {{name}}",
  open: "Open the picture",
  photograph: "Take a picture",
  takeOff: "Take off {{name}}",
  takeOffVerb: "Take off",
  title: "Files",
};
