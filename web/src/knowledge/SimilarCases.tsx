import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { EmptyState } from "../ui/EmptyState";
import { percent } from "../ui/format";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { toast } from "../ui/toast";
import { useEnum } from "../ui/useEnum";
import { type Reply, type SimilarCase, useMakeArticle, useSuggestions, useUse } from "./api";
import classes from "./knowledge.module.css";

/** Past cases and articles like a ticket, and replies made of them: put into the reply box, never sent. */
export function SimilarCases({
  ticketId,
  resolved,
  onReply,
}: {
  ticketId: string;
  resolved: boolean;
  /** Puts a text into the reply box; without it the text is copied. */
  onReply?: (text: string) => void;
}) {
  const { t } = useTranslation();
  const may = useMay();
  if (!may("knowledge.read")) return null;
  return (
    <Section title={t("knowledge.similar")} testId="similar-cases">
      <Known ticketId={ticketId} resolved={resolved} onReply={onReply} />
    </Section>
  );
}

function Known({
  ticketId,
  resolved,
  onReply,
}: {
  ticketId: string;
  resolved: boolean;
  onReply: ((text: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const suggestions = useSuggestions(ticketId);
  const { mutate: count } = useUse();
  const shown = suggestions.data
    ? [
        ...suggestions.data.cases.map((each) => each.ticket.id),
        ...suggestions.data.articles.map((each) => each.id),
      ].join(" ")
    : "";
  useEffect(() => {
    if (shown) count({ subject_ids: shown.split(" "), kind: "shown" });
  }, [shown, count]);
  return (
    <QueryState query={suggestions} small>
      {(data) => (
        <>
          {data.cases.length + data.articles.length === 0 ? (
            <EmptyState small title={t("knowledge.noSimilar")} />
          ) : null}
          <ul className={classes.list}>
            {data.cases.map((each) => (
              <CaseRow key={each.ticket.id} found={each} />
            ))}
            {data.articles.map((each) => (
              <li key={each.id} className={classes.row}>
                <Link to="/knowledge/$articleId" params={{ articleId: each.id }}>
                  {each.title}
                </Link>
                <span className={classes.quiet}>{t("knowledge.article")}</span>
              </li>
            ))}
            {data.replies.map((each) => (
              <ReplyRow key={`${each.source}-${each.subject_id}`} reply={each} onReply={onReply} />
            ))}
          </ul>
          {resolved && me.sees_everything && may("knowledge.write") ? (
            <ArticleOfTicket ticketId={ticketId} articleId={data.article_id} />
          ) : null}
        </>
      )}
    </QueryState>
  );
}

function CaseRow({ found }: { found: SimilarCase }) {
  const { t } = useTranslation();
  const word = useEnum();
  const { mutate: count } = useUse();
  const { ticket, why } = found;
  const opened = () => count({ subject_ids: [ticket.id], kind: "opened" });
  const name = `${ticket.number} · ${ticket.title}`;
  const reasons = [
    t("knowledge.like", { share: percent(why.likeness) }),
    why.same_class ? t("knowledge.sameClass") : "",
    why.same_failure_mode ? t("knowledge.sameMode") : "",
    why.shared.length ? t("knowledge.sharedWords", { words: why.shared.join(", ") }) : "",
  ];
  return (
    <li className={classes.row}>
      {ticket.kind === "complaint" ? (
        <Link to="/complaints/$complaintId" params={{ complaintId: ticket.id }} onClick={opened}>
          {name}
        </Link>
      ) : (
        <Link to="/work-orders/$orderId" params={{ orderId: ticket.id }} onClick={opened}>
          {name}
        </Link>
      )}
      {found.remedy ? (
        <span>{`${word("cause", found.cause)} → ${word("remedy", found.remedy)}`}</span>
      ) : null}
      {found.findings ? <p className={classes.quiet}>{found.findings}</p> : null}
      <p className={classes.quiet}>{reasons.filter(Boolean).join(" · ")}</p>
    </li>
  );
}

function ReplyRow({
  reply,
  onReply,
}: {
  reply: Reply;
  onReply: ((text: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const { mutate: count } = useUse();
  const use = async () => {
    if (onReply) onReply(reply.text);
    else await navigator.clipboard.writeText(reply.text);
    toast(onReply ? t("knowledge.inserted") : t("knowledge.copied"));
    count({ subject_ids: [reply.subject_id], kind: "inserted" });
  };
  return (
    <li className={classes.row}>
      <span className={classes.quiet}>{t("knowledge.reply", { source: reply.title })}</span>
      <p className={classes.quiet}>{reply.text}</p>
      <Button size="compact-xs" variant="default" onClick={() => void use()}>
        {onReply ? t("knowledge.insert") : t("knowledge.copy")}
      </Button>
    </li>
  );
}

function ArticleOfTicket({ ticketId, articleId }: { ticketId: string; articleId: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [key] = useState(() => crypto.randomUUID());
  const make = useMakeArticle(ticketId, key, (made) => {
    void navigate({ to: "/knowledge/$articleId/edit", params: { articleId: made.id } });
  });
  if (articleId) {
    return (
      <Link to="/knowledge/$articleId" params={{ articleId }}>
        {t("knowledge.articleOfTicket")}
      </Link>
    );
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={make.isPending}
        onClick={() => make.mutate(undefined)}
      >
        {t("knowledge.makeArticle")}
      </Button>
      <ActionProblem error={make.error} />
    </>
  );
}
