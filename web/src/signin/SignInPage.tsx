import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { useSignIn } from "../app/session";
import { ErrorState } from "../ui/ErrorState";
import { Alone } from "./Alone";
import { ForgotPassword } from "./ForgotPassword";

/** Signing in; the address stays, so the page asked for appears after it. */
export function SignInPage() {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [forgot, setForgot] = useState(false);
  if (forgot) return <ForgotPassword email={email} back={() => setForgot(false)} />;

  const refused = signIn.error instanceof Problem && signIn.error.status === 401;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email: email.trim(), password });
  };
  return (
    <Alone title={t("signin.title")}>
      <form onSubmit={submit} data-testid="sign-in-form">
        <Stack gap="sm">
          <TextInput
            type="email"
            label={t("signin.email")}
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            size="md"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("signin.password")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={refused ? t("signin.refused") : undefined}
          />
          {signIn.error && !refused ? <ErrorState error={signIn.error} small /> : null}
          <Button type="submit" size="md" loading={signIn.isPending} data-testid="sign-in">
            {t("signin.submit")}
          </Button>
          <Anchor component="button" type="button" size="sm" onClick={() => setForgot(true)}>
            {t("signin.forgot")}
          </Anchor>
        </Stack>
      </form>
    </Alone>
  );
}
