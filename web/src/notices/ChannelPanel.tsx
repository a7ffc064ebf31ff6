import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { Section } from "../ui/Section";
import {
  type Channel,
  type TopicName,
  useChangeChannel,
  useRemoveChannel,
  useTestChannel,
  useTopics,
} from "./api";

/** One channel: what it tells of, a test, on and off. */
export function ChannelPanel({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const topics = useTopics();
  const change = useChangeChannel();
  const remove = useRemoveChannel();
  const test = useTestChannel();
  const tick = (topic: TopicName, on: boolean) =>
    change.mutate({
      id: channel.id,
      topics: on ? [...channel.topics, topic] : channel.topics.filter((each) => each !== topic),
    });
  return (
    <Section
      title={
        channel.standing && channel.kind !== "address"
          ? t(`notices.kinds.${channel.kind}`)
          : channel.label
      }
      aside={
        <Text size="sm" c="dimmed">
          {channel.hint} · {channel.enabled ? t("notices.on") : t("notices.off")}
        </Text>
      }
      testId="channel"
    >
      <Stack gap="sm">
        {channel.failures > 0 && channel.enabled ? (
          <Text size="sm" c="red" role="status">
            {t("notices.paused")}
          </Text>
        ) : null}
        <Stack gap={6} role="group" aria-label={t("notices.topics")}>
          {topics.data?.items.map((each) => (
            <Checkbox
              key={each.topic}
              disabled={!channel.enabled || change.isPending}
              label={
                each.urgent
                  ? `${t(`notices.topic.${each.topic}`)} (${t("notices.urgent")})`
                  : t(`notices.topic.${each.topic}`)
              }
              checked={channel.topics.includes(each.topic)}
              onChange={(event) => tick(each.topic, event.currentTarget.checked)}
            />
          ))}
        </Stack>
        <ActionProblem
          error={change.error ?? remove.error ?? test.error}
          onReload={() => change.reset()}
        />
        <Group gap="xs">
          <Button
            variant="default"
            disabled={!channel.enabled}
            loading={test.isPending}
            onClick={() => test.mutate(channel.id)}
          >
            {t("notices.test")}
          </Button>
          <Button
            variant="default"
            onClick={() => change.mutate({ id: channel.id, enabled: !channel.enabled })}
          >
            {channel.enabled ? t("notices.turnOff") : t("notices.turnOn")}
          </Button>
          {channel.standing ? null : (
            <Button variant="subtle" color="red" onClick={() => remove.mutate(channel.id)}>
              {t("notices.remove")}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}
