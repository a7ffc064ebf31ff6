import { Button } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { BookOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { type Column, DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip } from "../ui/FilterChips";
import { FindBox } from "../ui/FindBox";
import { Page } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { rowsOf } from "../ui/usePaged";
import { type Article, type Found, useArticles, useFound, type Wanted } from "./api";
import classes from "./knowledge.module.css";

const STATES = ["draft", "published", "archived"] as const;
const LANGUAGES = ["en", "zh"] as const;

/** Articles: found by words, or listed. */
export function KnowledgePage() {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const search = useSearch({ from: "/knowledge" });
  const wanted: Wanted = {
    state: STATES.find((each) => each === search.state),
    language: LANGUAGES.find((each) => each === search.language),
  };
  const narrow = (name: "q" | "state" | "language") => (value: string | undefined) =>
    void navigate({ to: "/knowledge", search: { ...search, [name]: value }, replace: true });
  const writes = may("knowledge.write") && me.sees_everything;
  return (
    <Page
      title={t("knowledge.title")}
      subtitle={t("knowledge.subtitle")}
      actions={
        writes ? (
          <Button onClick={() => void navigate({ to: "/knowledge/new" })} data-testid="new-article">
            {t("knowledge.new")}
          </Button>
        ) : null
      }
    >
      <FilterBar>
        <FindBox label={t("knowledge.find")} value={search.q} onChange={narrow("q")} />
        {writes ? (
          <FilterChip
            label={t("common.state")}
            choices={STATES.map((value) => ({ value, label: t(`knowledge.states.${value}`) }))}
            value={wanted.state}
            onChange={narrow("state")}
          />
        ) : null}
        <FilterChip
          label={t("knowledge.language")}
          choices={LANGUAGES.map((value) => ({ value, label: t(`knowledge.languages.${value}`) }))}
          value={wanted.language}
          onChange={narrow("language")}
        />
      </FilterBar>
      {search.q ? (
        <FoundArticles words={search.q} wanted={wanted} />
      ) : (
        <AllArticles wanted={wanted} />
      )}
    </Page>
  );
}

function FoundArticles({ words, wanted }: { words: string; wanted: Wanted }) {
  const { t } = useTranslation();
  const found = useFound(words, wanted);
  return (
    <Section title={t("knowledge.found")} testId="found-articles">
      <QueryState query={found}>
        {(data) =>
          data.items.length ? (
            <ul className={classes.list}>
              {data.items.map((each) => (
                <FoundRow key={each.article.id} found={each} />
              ))}
            </ul>
          ) : (
            <EmptyState small title={t("knowledge.nothing")} hint={t("knowledge.nothingHint")} />
          )
        }
      </QueryState>
    </Section>
  );
}

function FoundRow({ found }: { found: Found }) {
  return (
    <li className={classes.row}>
      <Link to="/knowledge/$articleId" params={{ articleId: found.article.id }}>
        <Marked pieces={found.title} />
      </Link>
      <p className={classes.quiet}>
        <Marked pieces={found.snippet} />
      </p>
    </li>
  );
}

function Marked({ pieces }: { pieces: Found["title"] }) {
  return pieces.map((piece, at) => {
    const key = `${at}`;
    return piece.found ? <mark key={key}>{piece.text}</mark> : <span key={key}>{piece.text}</span>;
  });
}

function AllArticles({ wanted }: { wanted: Wanted }) {
  const { t } = useTranslation();
  const me = useMe();
  const articles = useArticles(wanted, true);
  const columns: Column<Article>[] = [
    {
      key: "title",
      header: t("knowledge.articleTitle"),
      phone: "main",
      cell: (row) => row.title,
    },
    {
      key: "state",
      header: t("common.state"),
      phone: "side",
      cell: (row) => t(`knowledge.states.${row.state}`),
    },
    {
      key: "audience",
      header: t("knowledge.audience"),
      cell: (row) => t(`knowledge.audiences.${row.audience}`),
    },
    {
      key: "language",
      header: t("knowledge.language"),
      cell: (row) => t(`knowledge.languages.${row.language}`),
    },
    ...(me.sees_everything
      ? [
          {
            key: "use",
            header: t("knowledge.use"),
            cell: (row: Article) => t("knowledge.useCounts", { ...row.use }),
          },
        ]
      : []),
    {
      key: "updated",
      header: t("knowledge.updated"),
      cell: (row) => <TimeAgo at={row.updated_at} />,
    },
  ];
  return (
    <Section flush>
      <DataTable
        label={t("knowledge.title")}
        columns={columns}
        rowKey={(row) => row.id}
        rowLink={(row) => ({ to: "/knowledge/$articleId", params: { articleId: row.id } })}
        empty={
          <EmptyState
            icon={BookOpen}
            title={t("knowledge.empty")}
            hint={t("knowledge.emptyHint")}
          />
        }
        {...rowsOf(articles)}
      />
    </Section>
  );
}
