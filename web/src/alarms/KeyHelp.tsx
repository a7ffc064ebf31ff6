import { Kbd, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "../ui/useFocusBack";
import classes from "./alarms.module.css";

const KEYS = [
  { keys: ["j", "k"], does: "move" },
  { keys: ["Enter"], does: "open" },
  { keys: ["x"], does: "choose" },
  { keys: ["a"], does: "acknowledge" },
  { keys: ["s"], does: "shelve" },
  { keys: ["Esc"], does: "clear" },
  { keys: ["?"], does: "help" },
] as const;

/** What the keys of the console do. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("alarms.keys.title")}
      size="sm"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <dl className={classes.keys} data-testid="key-help">
        {KEYS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{t(`alarms.keys.${does}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
