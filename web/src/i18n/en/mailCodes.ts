// Codes of letters.
export default {
  mailState: {
    opened: "Complaint opened",
    added: "Added to a ticket",
    automatic: "From a machine",
    held: "Waits for a person",
    refused: "Not readable",
    discarded: "Put aside",
    waiting: "To be sent",
    sent: "Sent",
    failed: "Given up",
  },
  mailReason: {
    unknown_sender: "Unknown sender",
    no_right: "May not complain",
    stranger_in_thread: "Writes on another customer's thread",
    not_authenticated: "Sender could not be proven (DMARC)",
    too_many: "Too many letters in an hour",
    not_taken: "Could not be taken",
    own: "Our own letter",
    report: "Delivery report",
    auto_submitted: "Automatic answer",
    bulk: "Bulk mail or list",
    no_return_path: "No sender to answer",
    unreadable: "No letter",
    too_large: "Too large",
  },
};
