import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, http } from "../api/client";
import { ErrorState } from "../ui/ErrorState";
import { Alone } from "./Alone";

/** Asking for a link to set a new password; the answer never tells who has an account. */
export function ForgotPassword({ email: given, back }: { email: string; back: () => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState(given);
  const send = useMutation({
    mutationFn: (address: string) =>
      ask(http.POST("/api/v1/password-resets", { body: { email: address } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(email.trim());
  };
  return (
    <Alone title={t("signin.forgotTitle")}>
      {send.isSuccess ? (
        <Text role="status">{t("signin.forgotDone", { email: email.trim() })}</Text>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {t("signin.forgotHint")}
            </Text>
            <TextInput
              type="email"
              size="md"
              label={t("signin.email")}
              autoComplete="username"
              required
              withAsterisk={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            {send.error ? <ErrorState error={send.error} small /> : null}
            <Button type="submit" size="md" loading={send.isPending}>
              {t("signin.forgotSubmit")}
            </Button>
          </Stack>
        </form>
      )}
      <Button variant="subtle" color="gray" mt="sm" fullWidth onClick={back}>
        {t("signin.toSignIn")}
      </Button>
    </Alone>
  );
}
