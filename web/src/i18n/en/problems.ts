// What happened, what is safe, what to do: one set for each sort of refusal.
export default {
  invalid: {
    happened: "This was not accepted",
    safe: "Nothing was changed.",
    todo: "Correct it and try again.",
  },
  unauthenticated: {
    happened: "You are signed out",
    safe: "Nothing was changed.",
    todo: "Sign in again.",
  },
  forbidden: {
    happened: "Your role does not allow this",
    safe: "Nothing was changed.",
    todo: "Ask an administrator if you need it.",
  },
  notFound: {
    happened: "It is not there, or not yours to see",
    safe: "Nothing is lost.",
    todo: "Go back to the list.",
  },
  conflict: {
    happened: "This is not possible in the present state",
    safe: "Nothing was changed.",
    todo: "See what happened meanwhile, then decide again.",
  },
  stale: {
    happened: "Somebody changed this while you had it open",
    safe: "Your change was not saved, theirs is kept.",
    todo: "Read the present state, then make your change again.",
    reload: "Show the present state",
  },
  tooLarge: {
    happened: "This is too large",
    safe: "Nothing was changed.",
    todo: "Make it smaller and try again.",
  },
  rateLimited: {
    happened: "Too many attempts",
    safe: "Nothing was changed.",
    todo: "Wait a minute and try again.",
  },
  unavailable: {
    happened: "The platform is busy or restarting",
    safe: "Nothing was changed.",
    todo: "Try again in a moment.",
  },
  unreachable: {
    happened: "The platform cannot be reached",
    safe: "What you typed is still here.",
    todo: "Check the network and try again.",
  },
  server: {
    happened: "Something went wrong inside Forewarn",
    safe: "Nothing was changed.",
    todo: "Try again; if it stays, tell an administrator.",
  },
  requestId: "Request {{id}}",
  codes: {
    email_taken: "Somebody already signs in with this e-mail",
    illegal_transition: "This step is not possible at the present stage",
    insufficient_stock: "There are fewer pieces there than are to leave",
    unknown_serial: "No machine has this serial number",
    unknown_part: "No part has this number",
    date_in_future: "The date has not come yet",
    failure_before_manufacture: "The failure is dated before the machine was made",
    repair_before_failure: "The repair is dated before the failure",
    line_repeated: "Two lines name the same piece",
    part_exists: "There is a part with this number already",
    location_exists: "There is a location for this already",
    movement_reversed: "The movement was reversed already",
    fitting_recorded: "This order has fitted another piece at this position already",
    fitting_out_of_order: "The part was fitted later than the date of its replacement",
    serial_fitted_elsewhere: "The piece with this serial number is fitted somewhere else",
    reopen_window_over: "It ended too long ago to be reopened",
    not_your_order: "This order is assigned to somebody else",
  },
};
