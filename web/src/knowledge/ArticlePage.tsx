import { Button, Group, Skeleton } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { Facts } from "../ui/Facts";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { type Article, useArticle, useMove, useUse } from "./api";
import { Helped } from "./Helped";
import classes from "./knowledge.module.css";
import { Markdown } from "./Markdown";
import { Versions } from "./Versions";

/** One article: its text, whether it helps, and for who writes it, its versions. */
export function ArticlePage() {
  const { t } = useTranslation();
  const { articleId } = useParams({ from: "/knowledge/$articleId" });
  const article = useArticle(articleId);
  const crumbs = [{ label: t("knowledge.title"), to: "/knowledge" as const }];
  const { mutate: count } = useUse();
  useEffect(() => count({ subject_ids: [articleId], kind: "opened" }), [articleId, count]);
  return (
    <QueryState
      query={article}
      skeleton={
        <Page title={t("knowledge.article")} crumbs={crumbs}>
          <Skeleton height={320} radius="md" />
        </Page>
      }
    >
      {(data) => <Loaded article={data} crumbs={crumbs} />}
    </QueryState>
  );
}

function Loaded({
  article,
  crumbs,
}: {
  article: Article;
  crumbs: { label: string; to: "/knowledge" }[];
}) {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const writes = may("knowledge.write") && me.sees_everything;
  return (
    <Page
      title={article.title}
      crumbs={crumbs}
      subtitle={`${t(`knowledge.states.${article.state}`)} · ${t(`knowledge.audiences.${article.audience}`)}`}
      actions={writes ? <ArticleActions article={article} /> : null}
    >
      <TwoColumns
        main={
          <>
            <Section>
              {article.body ? (
                <Markdown text={article.body} />
              ) : (
                <p className={classes.quiet}>{t("knowledge.noText")}</p>
              )}
            </Section>
            {writes ? <Versions article={article} /> : null}
          </>
        }
        side={
          <>
            <Section title={t("knowledge.helpedQuestion")}>
              <Helped subjectId={article.id} mine={article.use.mine} />
            </Section>
            <Section title={t("tickets.facts")}>
              <ArticleFacts article={article} staff={me.sees_everything} />
            </Section>
          </>
        }
      />
    </Page>
  );
}

function ArticleActions({ article }: { article: Article }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const move = useMove(article);
  const edits = article.state !== "published" || may("knowledge.publish");
  return (
    <Group gap="xs">
      {may("knowledge.publish")
        ? (["published", "draft", "archived"] as const)
            .filter((state) => state !== article.state)
            .map((state) => (
              <Button
                key={state}
                variant={state === "published" ? "filled" : "default"}
                loading={move.isPending && move.variables === state}
                onClick={() => move.mutate(state)}
              >
                {t(`knowledge.move.${state}`)}
              </Button>
            ))
        : null}
      {edits ? (
        <Button
          variant="default"
          onClick={() =>
            void navigate({
              to: "/knowledge/$articleId/edit",
              params: { articleId: article.id },
            })
          }
        >
          {t("knowledge.edit")}
        </Button>
      ) : null}
      <ActionProblem error={move.error} />
    </Group>
  );
}

function ArticleFacts({ article, staff }: { article: Article; staff: boolean }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <Facts
      items={[
        { label: t("knowledge.language"), value: t(`knowledge.languages.${article.language}`) },
        {
          label: t("tickets.failureMode"),
          value: article.failure_modes.map((each) => word("failureMode", each)).join(", "),
        },
        {
          label: t("knowledge.classes"),
          value: article.equipment_classes.map((each) => word("equipmentClass", each)).join(", "),
        },
        { label: t("knowledge.tags"), value: article.tags.join(", ") },
        {
          label: t("knowledge.updated"),
          value: (
            <>
              <TimeAgo at={article.updated_at} exact /> · {article.updated_by_name}
            </>
          ),
        },
        ...(staff
          ? [{ label: t("knowledge.use"), value: t("knowledge.useCounts", { ...article.use }) }]
          : []),
      ]}
    />
  );
}
