export default {
  title: "Detectors",
  subtitle: "What judges which type of machine; the narrowest choice that fits counts.",
  choose: "Choose a detector",
  chosen: "Chosen; scoring follows within a minute",
  appliesTo: "For",
  detectorHint: "What runs now is learnt anew from stored readings, and open alarms of it end.",
  model: "Model",
  before: "Prepared by",
  until: "Until",
  past: "Former choices too",
  empty: "The platform's own detector judges every machine",
  emptyHint: "Choose another for a class of machines or a product model, and it is shown here.",
  withdraw: "Withdraw",
  withdrawn: "Withdrawn",
  withdrawTitle: "Withdraw {{detector}}",
  withdrawText:
    "The next wider choice counts again; its models are learnt anew from stored readings.",
};
