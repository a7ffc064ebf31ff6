// Codes of promised times.
export default {
  slaTarget: {
    first_response: "First response",
    next_response: "Next response",
    resolution: "Resolution",
  },
  slaPause: {
    waiting_for_parts: "waiting for parts",
    waiting_for_customer: "waiting for the customer",
    waiting_for_access: "waiting for access",
    awaiting_confirmation: "the customer has to confirm",
    needs_information: "information is missing",
    ended: "ended",
    other: "on hold",
  },
};
