// An OPC UA server by node-opcua: node opcua-server.mjs PORT FOLDER
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  makeEUInformation,
} from "node-opcua";
import { obey, tell } from "./lines.mjs";

const [port, folder] = process.argv.slice(2);
const manager = (name) =>
  new OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: true,
    rootFolder: join(folder, name),
  });

const server = new OPCUAServer({
  port: Number(port),
  host: "127.0.0.1",
  hostname: "127.0.0.1",
  resourcePath: "/peer",
  serverCertificateManager: manager("pki"),
  userCertificateManager: manager("users"),
  securityPolicies: [
    SecurityPolicy.None,
    SecurityPolicy.Basic256Sha256,
    SecurityPolicy.Aes128_Sha256_RsaOaep,
    SecurityPolicy.Aes256_Sha256_RsaPss,
  ],
  securityModes: [
    MessageSecurityMode.None,
    MessageSecurityMode.Sign,
    MessageSecurityMode.SignAndEncrypt,
  ],
  allowAnonymous: true,
  // Otherwise it passes over changes that follow one another faster.
  serverCapabilities: { minSupportedSampleRate: 0 },
  userManager: { isValidUser: (name, password) => name === "reader" && password === "secret" },
  serverInfo: { applicationUri: "urn:forewarn:test:peer", productUri: "urn:forewarn:test" },
});

await server.initialize();
const namespace = server.engine.addressSpace.getOwnNamespace();
const machine = namespace.addObject({
  organizedBy: server.engine.addressSpace.rootFolder.objects,
  browseName: "Machine",
});
const variables = {
  Temperature: namespace.addAnalogDataItem({
    componentOf: machine,
    browseName: "Temperature",
    nodeId: "s=Temperature",
    dataType: "Double",
    engineeringUnitsRange: { low: 0, high: 150 },
    engineeringUnits: makeEUInformation("CEL", "°C", "degree Celsius"),
    value: { dataType: DataType.Double, value: 0 },
  }),
};
for (const [name, dataType] of [
  ["Count", DataType.Int32],
  ["Running", DataType.Boolean],
  ["Label", DataType.String],
]) {
  const initial = { [DataType.Int32]: 0, [DataType.Boolean]: false, [DataType.String]: "" };
  variables[name] = namespace.addVariable({
    componentOf: machine,
    browseName: name,
    nodeId: `s=${name}`,
    dataType: DataType[dataType],
    value: { dataType, value: initial[dataType] },
  });
}

await server.start();
tell("ready");

await obey(
  {
    write: ({ name, value, at, status }) => {
      const variable = variables[name];
      const dataType = variable.readValue().value.dataType;
      const code = StatusCodes[status ?? "Good"];
      variable.setValueFromSource({ dataType, value }, code, new Date(at));
    },
    sessions: () => ({ count: server.currentSessionCount }),
  },
  () => server.shutdown(0),
);
