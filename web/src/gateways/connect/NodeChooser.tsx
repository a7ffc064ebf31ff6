import { Button, Checkbox, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../ui/EmptyState";
import { quantity } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { useEnum } from "../../ui/useEnum";
import type { Gateway } from "../api";
import { type Browse, useNodes } from "./api";
import classes from "./connect.module.css";
import type { Node } from "./guess";

interface Props {
  gateway: Gateway;
  browse: Browse;
  onDone: (nodes: Node[]) => void;
}

function byOwner(nodes: Node[]): [string, Node[]][] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) groups.set(node.owner, [...(groups.get(node.owner) ?? []), node]);
  return [...groups];
}

/** What was found, by the object it is on; what cannot be a reading cannot be chosen. */
export function NodeChooser({ gateway, browse, onDone }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 200);
  const nodes = useNodes(gateway.id, browse.id, q || undefined);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Node>>(new Map());
  const set = (some: Node[], on: boolean) =>
    setChosen((before) => {
      const after = new Map(before);
      for (const node of some) {
        if (on) after.set(node.node, node);
        else after.delete(node.node);
      }
      return after;
    });
  return (
    <Section title={t("connect.choose")} flush testId="node-chooser">
      <div style={{ padding: "10px 14px" }}>
        <TextInput
          aria-label={t("connect.findNode")}
          placeholder={t("connect.findNode")}
          leftSection={<Search size={15} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <QueryState query={nodes} height={240}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items);
          if (all.length === 0) return <EmptyState small title={t("common.nothingFound")} />;
          return (
            <>
              {byOwner(all).map(([owner, there]) => (
                <Owner key={owner} owner={owner} nodes={there} chosen={chosen} onSet={set} />
              ))}
            </>
          );
        }}
      </QueryState>
      {nodes.hasNextPage ? (
        <div style={{ padding: 10, textAlign: "center" }}>
          <Button
            variant="default"
            size="xs"
            loading={nodes.isFetchingNextPage}
            onClick={() => void nodes.fetchNextPage()}
          >
            {t("common.loadMore")}
          </Button>
        </div>
      ) : null}
      <div className={classes.foot}>
        <span>{t("connect.chosen", { count: chosen.size })}</span>
        <Button
          disabled={chosen.size === 0}
          onClick={() => onDone([...chosen.values()])}
          data-testid="connect-next"
        >
          {t("connect.mapThem")}
        </Button>
      </div>
    </Section>
  );
}

interface OwnerProps {
  owner: string;
  nodes: Node[];
  chosen: ReadonlyMap<string, Node>;
  onSet: (nodes: Node[], on: boolean) => void;
}

function Owner({ owner, nodes, chosen, onSet }: OwnerProps) {
  const { t } = useTranslation();
  const word = useEnum();
  const readable = nodes.filter((node) => node.type);
  const many = readable.filter((node) => chosen.has(node.node)).length;
  return (
    <fieldset className={classes.group} style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className={classes.srOnly}>{owner}</legend>
      <div className={classes.groupHead}>
        <Checkbox
          size="xs"
          label={owner || t("connect.noOwner")}
          checked={many > 0 && many === readable.length}
          indeterminate={many > 0 && many < readable.length}
          disabled={readable.length === 0}
          onChange={(event) => onSet(readable, event.currentTarget.checked)}
        />
      </div>
      {nodes.map((node) => (
        <div key={node.node} className={classes.node}>
          <Checkbox
            size="xs"
            checked={chosen.has(node.node)}
            disabled={!node.type}
            onChange={(event) => onSet([node], event.currentTarget.checked)}
            label={
              <>
                {node.name}
                <span className={classes.nodeId}>{node.node}</span>
              </>
            }
            data-testid={`node-${node.owner}-${node.name}`}
          />
          <span className={classes.range}>
            {node.type ? node.unit || word("dataType", node.type) : t("connect.noReading")}
            {node.low !== null && node.high !== null ? (
              <span style={{ display: "block" }}>
                {quantity(node.low)} – {quantity(node.high)}
              </span>
            ) : null}
          </span>
        </div>
      ))}
    </fieldset>
  );
}
