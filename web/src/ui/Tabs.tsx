import classes from "./Tabs.module.css";

interface Props {
  label: string;
  tabs: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}

/** Sides of one page; which one is shown stands in the address. */
export function Tabs({ label, tabs, value, onChange }: Props) {
  return (
    <div className={classes.tabs} role="tablist" aria-label={label}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          aria-selected={tab.value === value}
          className={classes.tab}
          onClick={() => onChange(tab.value)}
          data-testid={`tab-${tab.value}`}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
