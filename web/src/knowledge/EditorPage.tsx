import {
  Button,
  Group,
  SegmentedControl,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage } from "../i18n";
import { ActionProblem } from "../ui/ActionProblem";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { type Article, type ArticleDraft, useArticle, useSave } from "./api";
import { Markdown } from "./Markdown";

/** Writing a new article. */
export function NewArticlePage() {
  return <Editor article={undefined} />;
}

/** Writing the next version of one. */
export function EditArticlePage() {
  const { articleId } = useParams({ from: "/knowledge/$articleId/edit" });
  const article = useArticle(articleId);
  return <QueryState query={article}>{(data) => <Editor article={data} />}</QueryState>;
}

const empty = (): ArticleDraft => ({
  title: "",
  language: currentLanguage(),
  body: "",
  audience: "internal",
  failure_modes: [],
  tags: [],
  equipment_classes: [],
  model_ids: [],
});

const draftOf = (article: Article): ArticleDraft => ({
  title: article.title,
  language: article.language,
  body: article.body,
  audience: article.audience,
  failure_modes: article.failure_modes,
  tags: article.tags,
  equipment_classes: article.equipment_classes,
  model_ids: article.model_ids,
});

function Editor({ article: read }: { article: Article | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  // The version that was opened: a save by somebody else is told about, not overwritten.
  const [article] = useState(read);
  const [draft, setDraft] = useState<ArticleDraft>(() => (article ? draftOf(article) : empty()));
  const key = useId();
  const [made] = useState(() => `${key}-${crypto.randomUUID()}`);
  const save = useSave(article, made, (saved) => {
    void navigate({ to: "/knowledge/$articleId", params: { articleId: saved.id } });
  });
  const put = (change: Partial<ArticleDraft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(draft);
  };
  return (
    <Page
      title={article ? t("knowledge.edit") : t("knowledge.new")}
      crumbs={[{ label: t("knowledge.title"), to: "/knowledge" }]}
    >
      <TwoColumns
        main={
          <Section>
            <form onSubmit={submit}>
              <Stack gap="sm">
                <TextInput
                  label={t("knowledge.articleTitle")}
                  required
                  maxLength={200}
                  value={draft.title}
                  onChange={(event) => put({ title: event.currentTarget.value })}
                />
                <Choices draft={draft} put={put} />
                <Textarea
                  label={t("knowledge.text")}
                  description={t("knowledge.textHint")}
                  autosize
                  minRows={12}
                  maxLength={20_000}
                  value={draft.body ?? ""}
                  onChange={(event) => put({ body: event.currentTarget.value })}
                />
                <Labels draft={draft} put={put} />
                <ActionProblem error={save.error} />
                <Group justify="flex-end">
                  <Button type="submit" loading={save.isPending} disabled={!draft.title.trim()}>
                    {t("knowledge.save")}
                  </Button>
                </Group>
              </Stack>
            </form>
          </Section>
        }
        side={
          <Section title={t("knowledge.preview")} testId="preview">
            <Markdown text={draft.body ?? ""} />
          </Section>
        }
      />
    </Page>
  );
}

interface Part {
  draft: ArticleDraft;
  put: (change: Partial<ArticleDraft>) => void;
}

function Choices({ draft, put }: Part) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      <SegmentedControl
        aria-label={t("knowledge.language")}
        value={draft.language}
        onChange={(value) => put({ language: value === "zh" ? "zh" : "en" })}
        data={(["en", "zh"] as const).map((value) => ({
          value,
          label: t(`knowledge.languages.${value}`),
        }))}
      />
      <SegmentedControl
        aria-label={t("knowledge.audience")}
        value={draft.audience}
        onChange={(value) => put({ audience: value === "public" ? "public" : "internal" })}
        data={(["internal", "public"] as const).map((value) => ({
          value,
          label: t(`knowledge.audiences.${value}`),
        }))}
      />
    </Group>
  );
}

function Labels({ draft, put }: Part) {
  const { t } = useTranslation();
  return (
    <>
      <TagsInput
        label={t("tickets.failureMode")}
        description={t("knowledge.codeHint")}
        maxTags={20}
        value={draft.failure_modes}
        onChange={(failure_modes) => put({ failure_modes })}
      />
      <TagsInput
        label={t("knowledge.classes")}
        maxTags={20}
        value={draft.equipment_classes}
        onChange={(equipment_classes) => put({ equipment_classes })}
      />
      <TagsInput
        label={t("knowledge.tags")}
        maxTags={20}
        value={draft.tags}
        onChange={(tags) => put({ tags })}
      />
    </>
  );
}
