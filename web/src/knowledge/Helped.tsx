import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { useHelped } from "./api";

/** Asks whether something helped; the same answer again takes it back. */
export function Helped({
  subjectId,
  mine,
}: {
  subjectId: string;
  mine: boolean | null | undefined;
}) {
  const { t } = useTranslation();
  const helped = useHelped(subjectId);
  return (
    <>
      <Group gap="xs">
        {([true, false] as const).map((answer) => (
          <Button
            key={String(answer)}
            size="xs"
            variant={mine === answer ? "filled" : "default"}
            aria-pressed={mine === answer}
            onClick={() => helped.mutate(mine === answer ? null : answer)}
          >
            {answer ? t("knowledge.yes") : t("knowledge.no")}
          </Button>
        ))}
      </Group>
      <ActionProblem error={helped.error} />
    </>
  );
}
