export default {
  title: "Sign in",
  tagline: "Predictive service for machines",
  email: "E-mail",
  password: "Password",
  submit: "Sign in",
  refused: "E-mail or password is not right",
  forgot: "Forgot your password?",
  forgotTitle: "Reset your password",
  forgotHint:
    "If there is an account with this address, a link to set a new password is sent to it.",
  forgotSubmit: "Send the link",
  forgotDone:
    "If there is an account for {{email}}, a link is on its way. It is good for a short time only.",
  setTitle: "Set your password",
  newPassword: "New password",
  newPasswordHint: "At least 12 characters; a few words that nobody would guess do well.",
  repeat: "The same once more",
  differs: "The two are not the same",
  setSubmit: "Set password and sign in",
  noToken: "This link is not complete",
  noTokenHint: "Open the link from the invitation again, or ask for a new one.",
  toSignIn: "To the sign-in",
};
