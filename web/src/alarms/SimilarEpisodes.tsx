import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { EmptyState } from "../ui/EmptyState";
import { percent } from "../ui/format";
import { AlarmLink, AssetLink } from "../ui/links";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import small from "../ui/small.module.css";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import classes from "./alarms.module.css";

type Episode = Schemas["Episode"];

/** Past alarms like this one, what people said of them and what was done: often the shortest way to a cause. */
export function SimilarEpisodes({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const episodes = useQuery({
    queryKey: ["alarms", "similar", alarmId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/alarms/{alarm_id}/similar", {
          params: { path: { alarm_id: alarmId }, query: { limit: 5 } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });
  return (
    <Section title={t("alarms.similar")} testId="similar-episodes">
      <QueryState query={episodes} height={60} small>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState small title={t("alarms.noSimilar")} />
          ) : (
            <ul className={classes.episodes}>
              {items.map((each) => (
                <OneEpisode key={each.alarm.id} episode={each} />
              ))}
            </ul>
          )
        }
      </QueryState>
    </Section>
  );
}

function OneEpisode({ episode }: { episode: Episode }) {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const { alarm, outcomes, similarity } = episode;
  return (
    <li>
      <div className={classes.episodeHead}>
        <AlarmLink id={alarm.id}>{local(alarm.summary)}</AlarmLink>
        <span className={classes.quiet}>
          {t("alarms.alike", { share: percent(similarity) })} · <TimeAgo at={alarm.onset_at} />
          {alarm.verdict ? ` · ${word("alarmVerdict", alarm.verdict)}` : null}
        </span>
      </div>
      <AssetLink id={alarm.asset_id} name={alarm.asset_name} serial={alarm.asset_serial} />
      {outcomes.map((each) => (
        <p key={each.work_order_id} className={classes.outcome}>
          <Link
            to="/work-orders/$orderId"
            params={{ orderId: each.work_order_id }}
            className={small.link}
          >
            {each.number}
          </Link>{" "}
          {[
            each.cause ? word("cause", each.cause) : word("stage", each.stage),
            each.remedy && word("remedy", each.remedy),
            each.part_numbers.join(", "),
            each.findings,
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      ))}
    </li>
  );
}
