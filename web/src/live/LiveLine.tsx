import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLineState } from "./connection";
import classes from "./LiveLine.module.css";

const PATIENCE_MS = 3_000;

/** A quiet line when what is shown may be old; a short stumble of the connection is not worth words. */
export function LiveLine() {
  const { t } = useTranslation();
  const lost = useLineState() === "lost";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  return shown ? (
    <div className={classes.line} role="status">
      <WifiOff size={14} aria-hidden="true" />
      {t("shell.connectionLost")}
    </div>
  ) : null;
}
