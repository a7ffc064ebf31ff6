// Who is signed in, and what they may do.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { ask, http, type Schemas } from "../api/client";
import { isSignedOut } from "../api/problem";
import { SESSION_KEY } from "../api/queries";
import { type Language, languageKnown, switchLanguage } from "../i18n";
import { toast } from "../ui/toast";

export type Me = Schemas["SessionView"];

/** Asks who is signed in; null when nobody is. */
async function readSession(): Promise<Me | null> {
  try {
    const me = await ask(http.GET("/api/v1/session"));
    await followLanguage(me);
    return me;
  } catch (error) {
    if (isSignedOut(error)) return null;
    throw error;
  }
}

/** Speaks a person's own language on a device that does not say which it wants. */
async function followLanguage(me: Me): Promise<void> {
  if (!languageKnown()) await switchLanguage(me.language, false);
}

export function useSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: 5 * 60_000 });
}

/** The signed-in person; only for what is shown inside the shell. */
export function useMe(): Me {
  const session = useSession();
  if (!session.data) throw new Error("nobody is signed in");
  return session.data;
}

/** Tells whether the signed-in person holds a permission. */
export function useMay(): (permission: string) => boolean {
  const me = useMe();
  return (permission) => me.permissions.includes(permission);
}

export function useSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SignInRequest"]) => ask(http.POST("/api/v1/session", { body })),
    onSuccess: async (me) => {
      await followLanguage(me);
      cache.setQueryData(SESSION_KEY, me);
    },
  });
}

/** Changes the language here at once, and the person's own one, in which the platform writes to them. */
export function useChangeLanguage() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (language: Language) => {
      await switchLanguage(language);
      if (!cache.getQueryData(SESSION_KEY)) return;
      const me = await ask(http.PATCH("/api/v1/session", { body: { language } }));
      cache.setQueryData(SESSION_KEY, me);
    },
    onError: () => toast(i18next.t("shell.languageNotKept")),
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => ask(http.DELETE("/api/v1/session")),
    onSettled: () => {
      // Nothing of the one who left stays for the next.
      cache.clear();
      cache.setQueryData(SESSION_KEY, null);
    },
  });
}
