/** Scans the lab once and serves it while the tests run. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { CHARIOT, freePort } from "./processes";

/** Two runs on one machine keep apart by it. */
const OFFSET = process.env["CHARIOT_TEST_PORT_OFFSET"] ?? "3000";
/** The data folder and the link of a server that runs already: a single test need not wait for a scan of the lab. */
const RUNNING = process.env["CHARIOT_TEST_RUNNING"];
const LONGEST_MS = 300_000;

declare module "vitest" {
  interface ProvidedContext {
    address: string;
    token: string;
    /** A link that signs in once. */
    link: string;
  }
}

function linkOf(server: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    if (server.stdout === null) throw new Error("the server has no output");
    createInterface(server.stdout).on("line", (line) => {
      const link = /http:\S+#code=\S+/.exec(line)?.[0];
      if (link !== undefined) found(link);
    });
    server.on("exit", (code) => {
      failed(new Error(`the server ended with ${code ?? "a signal"} before it printed a link`));
    });
    setTimeout(() => {
      failed(new Error("the server printed no link"));
    }, LONGEST_MS).unref();
  });
}

async function provide(project: TestProject, link: string, data: string): Promise<void> {
  project.provide("link", link);
  project.provide("address", new URL(link).origin);
  project.provide("token", (await readFile(join(data, "api-token"), "utf8")).trim());
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (RUNNING !== undefined) {
    const [data = "", link = ""] = RUNNING.split(" ");
    await provide(project, link, data);
    return () => Promise.resolve();
  }
  const folder = await mkdtemp(join(tmpdir(), "chariot-ui-"));
  await promisify(execFile)(CHARIOT, ["demo", folder, "--port-offset", OFFSET], { timeout: LONGEST_MS });
  const port = await freePort();
  const server = spawn(
    CHARIOT,
    ["--config", join(folder, "lab.toml"), "--home", join(folder, "data"), "serve", "--port", `${port}`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await provide(project, await linkOf(server), join(folder, "data"));
  return async () => {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGINT");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}
