import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import classes from "./Tree.module.css";

export interface TreeNode {
  id: string;
  label: string;
  note?: ReactNode;
  /** Stands at the right: how it is. */
  mark?: ReactNode;
  icon?: ReactNode;
  link?: LinkProps;
  children?: TreeNode[];
}

interface Row {
  node: TreeNode;
  level: number;
  parent: string | null;
}

function rowsOf(
  nodes: TreeNode[],
  open: ReadonlySet<string>,
  level = 1,
  parent: string | null = null,
): Row[] {
  return nodes.flatMap((node) => [
    { node, level, parent },
    ...(node.children && open.has(node.id) ? rowsOf(node.children, open, level + 1, node.id) : []),
  ]);
}

/** Things inside of things. Arrow keys move, open and close; Enter follows. */
export function Tree({
  label,
  nodes,
  opened,
}: {
  label: string;
  nodes: TreeNode[];
  opened: string[];
}) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const open = new Set(opened.filter((id) => !toggled.has(id)));
  for (const id of toggled) if (!opened.includes(id)) open.add(id);
  const rows = rowsOf(nodes, open);
  const [current, setCurrent] = useState<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const focusable = rows.some((row) => row.node.id === current) ? current : rows[0]?.node.id;
  const toggle = (id: string) =>
    setToggled((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const focus = (id: string | null | undefined) => {
    if (!id) return;
    setCurrent(id);
    place.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };
  const moved = (event: KeyboardEvent, row: Row, index: number) => {
    const { node, parent } = row;
    const isOpen = open.has(node.id);
    const steps: Record<string, () => void> = {
      ArrowDown: () => focus(rows[index + 1]?.node.id),
      ArrowUp: () => focus(rows[index - 1]?.node.id),
      Home: () => focus(rows[0]?.node.id),
      End: () => focus(rows.at(-1)?.node.id),
      ArrowRight: () => {
        if (!node.children?.length) return;
        if (isOpen) focus(rows[index + 1]?.node.id);
        else toggle(node.id);
      },
      ArrowLeft: () => {
        if (node.children && isOpen) toggle(node.id);
        else focus(parent);
      },
      Enter: () => {
        const inner = event.currentTarget.querySelector("a");
        if (inner) inner.click();
        else if (node.children) toggle(node.id);
      },
    };
    const step = steps[event.key];
    if (!step || event.target !== event.currentTarget) return;
    event.preventDefault();
    step();
  };
  return (
    <div ref={place} role="tree" aria-label={label} className={classes.tree}>
      {rows.map((row, index) => {
        const { node, level } = row;
        return (
          <div
            key={node.id}
            role="treeitem"
            aria-level={level}
            aria-expanded={node.children ? open.has(node.id) : undefined}
            aria-selected={node.id === current}
            tabIndex={node.id === focusable ? 0 : -1}
            data-node={node.id}
            className={classes.row}
            style={{ paddingLeft: 10 + (level - 1) * 22 }}
            onFocus={() => setCurrent(node.id)}
            onKeyDown={(event) => moved(event, row, index)}
          >
            {node.children ? (
              <button
                type="button"
                tabIndex={-1}
                className={classes.twist}
                data-open={open.has(node.id) || undefined}
                aria-label={node.label}
                onClick={() => toggle(node.id)}
              >
                <ChevronRight size={15} aria-hidden="true" />
              </button>
            ) : (
              <span className={classes.twist} />
            )}
            {node.icon}
            <span className={classes.label}>
              {node.link ? (
                <Link {...(node.link as { to: "/" })} tabIndex={-1}>
                  {node.label}
                </Link>
              ) : (
                node.label
              )}
              {node.note ? <span className={classes.note}>{node.note}</span> : null}
            </span>
            {node.mark}
          </div>
        );
      })}
    </div>
  );
}
