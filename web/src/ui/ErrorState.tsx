import { Button } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { useProblemWords } from "../api/useProblemWords";
import classes from "./states.module.css";
import { TechnicalDetail } from "./TechnicalDetail";

interface Props {
  error: unknown;
  retry?: () => void;
  small?: boolean;
}

/** What happened, what is safe, what to do. */
export function ErrorState({ error, retry, small = false }: Props) {
  const { t, i18n } = useTranslation();
  const words = useProblemWords(error);
  // The platform tells details in English: on pages in another language they are a quotation.
  const isQuoted = i18n.language !== "en";
  return (
    <div
      className={classes.error}
      role="alert"
      data-small={small || undefined}
      data-code={error instanceof Problem ? error.code : undefined}
    >
      <TriangleAlert size={small ? 16 : 22} aria-hidden="true" />
      <div>
        <p className={classes.errorTitle}>{words.happened}</p>
        {words.detail && !isQuoted ? <p className={classes.errorDetail}>{words.detail}</p> : null}
        <p className={classes.errorDetail}>
          {words.safe} {words.todo}
        </p>
        {isQuoted ? <TechnicalDetail text={words.detail} /> : null}
        {retry ? (
          <Button size="xs" variant="default" mt="xs" onClick={retry}>
            {t("common.tryAgain")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
