import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { type Article, useRestore, useVersions, type Version } from "./api";
import classes from "./knowledge.module.css";
import { compareLines } from "./lines";

/** What an article was each time it was saved, compared, and brought back. */
export function Versions({ article }: { article: Article }) {
  const { t } = useTranslation();
  const versions = useVersions(article.id, true);
  const restore = useRestore(article);
  const [shown, setShown] = useState<number | null>(null);
  return (
    <Section title={t("knowledge.versions")} testId="versions">
      <ActionProblem error={restore.error} />
      <QueryState query={versions}>
        {(data) => (
          <ul className={classes.list}>
            {data.items.map((each, at) => (
              <li key={each.version} className={classes.row}>
                <div className={classes.line}>
                  <strong>{t("knowledge.version", { number: each.version })}</strong>
                  <TimeAgo at={each.saved_at} />
                  <span className={classes.quiet}>{each.saved_by_name}</span>
                  {each.restored_from ? (
                    <span className={classes.quiet}>
                      {t("knowledge.restoredFrom", { number: each.restored_from })}
                    </span>
                  ) : null}
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    aria-expanded={shown === each.version}
                    onClick={() => setShown(shown === each.version ? null : each.version)}
                  >
                    {t("knowledge.compare")}
                  </Button>
                  {at > 0 ? (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      loading={restore.isPending && restore.variables === each.version}
                      onClick={() => restore.mutate(each.version)}
                    >
                      {t("knowledge.restore")}
                    </Button>
                  ) : null}
                </div>
                {shown === each.version ? (
                  <Differences before={data.items[at + 1]} after={each} />
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </QueryState>
    </Section>
  );
}

const written = (version: Version | undefined): string =>
  version ? `${version.content.title}\n\n${version.content.body}` : "";

function Differences({ before, after }: { before: Version | undefined; after: Version }) {
  return (
    <div className={classes.diff}>
      {compareLines(written(before), written(after)).map((line, at) => {
        const key = `${at}`;
        if (line.kind === "added") return <ins key={key}>+ {line.text}</ins>;
        if (line.kind === "removed") return <del key={key}>− {line.text}</del>;
        return <span key={key}>{`  ${line.text}`}</span>;
      })}
    </div>
  );
}
