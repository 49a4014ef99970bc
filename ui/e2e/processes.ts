/** What tests that start programs need of this machine. */
import { createServer } from "node:net";
import { join } from "node:path";

export const CHARIOT =
  process.env["CHARIOT_TEST_COMMAND"] ?? join(import.meta.dirname, "../../.venv/bin/chariot");

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as { port: number };
  await new Promise((done) => probe.close(done));
  return port;
}
