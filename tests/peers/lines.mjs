// Orders come as JSON lines on standard input, news leaves as JSON lines on standard output.
import { createInterface } from "node:readline";

export function tell(what, facts = {}) {
  process.stdout.write(`${JSON.stringify({ what, ...facts })}\n`);
}

// Ends with the process that started it, whatever becomes of that.
export async function obey(orders, end) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { order, ...facts } = JSON.parse(line);
    try {
      tell("done", { order, ...(await orders[order](facts)) });
    } catch (error) {
      tell("failed", { order, error: String(error) });
    }
  }
  await end();
  process.exit(0);
}
