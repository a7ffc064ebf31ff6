// A Sparkplug B edge node by Eclipse Tahu's client: node sparkplug-node.mjs URL USER PASSWORD GROUP NODE
import { newClient } from "sparkplug-client";
import { obey, tell } from "./lines.mjs";

const [serverUrl, username, password, groupId, edgeNode] = process.argv.slice(2);
const client = newClient({
  serverUrl,
  username,
  password,
  groupId,
  edgeNode,
  clientId: `peer-${edgeNode}-${process.pid}`,
  publishDeath: true,
  // The embedded broker speaks no other.
  mqttOptions: { protocolVersion: 5 },
});

client.on("connect", () => tell("connected"));
client.on("birth", () => tell("birth wanted"));
client.on("ncmd", (payload) => tell("command", { names: payload.metrics.map((m) => m.name) }));
client.on("error", (error) => tell("error", { error: String(error) }));

const stamped = ({ at, metrics }) => ({ timestamp: at, metrics });
await obey(
  {
    nodeBirth: (facts) => client.publishNodeBirth(stamped(facts)),
    nodeData: (facts) => client.publishNodeData(stamped(facts), { compress: facts.compress }),
    deviceBirth: (facts) => client.publishDeviceBirth(facts.device, stamped(facts)),
    deviceData: (facts) => client.publishDeviceData(facts.device, stamped(facts)),
    deviceDeath: (facts) => client.publishDeviceDeath(facts.device, stamped(facts)),
    // Numbers that are used up without a message, as by one that was lost.
    lose: ({ count }) => {
      for (let n = 0; n < count; n += 1) client.incrementSeqNum();
    },
    stop: () => client.stop(),
  },
  () => client.stop(),
);
