import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, http } from "../api/client";
import { SESSION_KEY } from "../api/queries";
import { EmptyState } from "../ui/EmptyState";
import { ErrorState } from "../ui/ErrorState";
import { QueryState } from "../ui/QueryState";
import links from "../ui/small.module.css";
import { Alone } from "./Alone";

/** Where the link of an invitation or a reset leads. */
export function SetPasswordPage() {
  const { t } = useTranslation();
  // The token stands behind the #, where no server and no log sees it.
  const token = useLocation({ select: (place) => new URLSearchParams(place.hash).get("token") });
  return (
    <Alone title={t("signin.setTitle")}>
      {token ? <SetPassword token={token} /> : <NoToken />}
    </Alone>
  );
}

function NoToken() {
  const { t } = useTranslation();
  return (
    <EmptyState
      title={t("signin.noToken")}
      hint={t("signin.noTokenHint")}
      action={
        <Link to="/" className={links.link}>
          {t("signin.toSignIn")}
        </Link>
      }
    />
  );
}

function SetPassword({ token }: { token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [password, setPassword] = useState("");
  const [repeat, setRepeat] = useState("");
  const [differs, setDiffers] = useState(false);

  const link = useQuery({
    queryKey: ["password-link", token],
    queryFn: () => ask(http.POST("/api/v1/password-links/read", { body: { token } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const set = useMutation({
    mutationFn: async (email: string) => {
      await ask(
        http.POST("/api/v1/password-links/use", { body: { token, new_password: password } }),
      );
      await ask(http.POST("/api/v1/session", { body: { email, password } }));
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: SESSION_KEY });
      await navigate({ to: "/" });
    },
  });
  const submit = (event: FormEvent, email: string) => {
    event.preventDefault();
    setDiffers(password !== repeat);
    if (password === repeat) set.mutate(email);
  };
  return (
    <QueryState query={link} height={220}>
      {(who) => (
        <form onSubmit={(event) => submit(event, who.email)}>
          <Stack gap="sm">
            <Text size="sm">
              {who.name} · {who.email}
            </Text>
            <input
              type="hidden"
              name="username"
              autoComplete="username"
              value={who.email}
              readOnly
            />
            <PasswordInput
              label={t("signin.newPassword")}
              description={t("signin.newPasswordHint")}
              autoComplete="new-password"
              size="md"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <PasswordInput
              label={t("signin.repeat")}
              autoComplete="new-password"
              size="md"
              required
              withAsterisk={false}
              value={repeat}
              onChange={(event) => setRepeat(event.currentTarget.value)}
              error={differs ? t("signin.differs") : undefined}
            />
            {set.error ? <ErrorState error={set.error} small /> : null}
            <Button type="submit" size="md" loading={set.isPending}>
              {t("signin.setSubmit")}
            </Button>
          </Stack>
        </form>
      )}
    </QueryState>
  );
}
