/** An independent OpenID provider, and a server of its own whose people sign in there. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { CHARIOT, freePort } from "./processes";

const FOLDER = join(import.meta.dirname, "../../tests/support/oidc");
const LONGEST_MS = 300_000;

export interface SignOn {
  /** The dashboard's server, by the name that the provider sends browsers back to. */
  address: string;
  /** The provider's own pages. */
  issuer: string;
  stop: () => Promise<void>;
}

/** Start both; the answer comes when both take requests. */
export async function startSignOn(): Promise<SignOn> {
  if (!existsSync(join(FOLDER, "node_modules/oidc-provider"))) {
    const install = ["ci", "--no-audit", "--no-fund", "--silent"];
    await promisify(execFile)("npm", install, { cwd: FOLDER, timeout: LONGEST_MS });
  }
  const home = await mkdtemp(join(tmpdir(), "chariot-sign-on-"));
  const [port, issuerPort] = [await freePort(), await freePort()];
  const address = `http://localhost:${port}`;
  const issuer = `http://127.0.0.1:${issuerPort}`;
  const started = [
    spawn("node", ["provider.mjs", `${issuerPort}`, keys(), address], pipes(FOLDER)),
    spawn(CHARIOT, ["--config", await settings(home, address, issuer), ...served(home, port)], pipes(home)),
  ];
  await Promise.all([said(started[0], /^ready/), said(started[1], /#code=/)]);
  return {
    address,
    issuer,
    stop: async () => {
      await Promise.all(started.map(ended));
      await rm(home, { recursive: true, force: true });
    },
  };
}

function pipes(cwd: string) {
  return { cwd, stdio: ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"] };
}

function served(home: string, port: number): string[] {
  return ["--home", join(home, "data"), "serve", "--port", `${port}`, "--without-workers"];
}

function keys(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "of-this-run" };
  return JSON.stringify({ keys: [key] });
}

async function settings(home: string, address: string, issuer: string): Promise<string> {
  const secret = join(home, "secret");
  const path = join(home, "chariot.toml");
  await writeFile(secret, "web-secret-of-the-tests", { mode: 0o600 });
  await writeFile(
    path,
    `public_url = "${address}"
[[issuers]]
name = "corporate"
title = "Acme single sign-on"
url = "${issuer}"
client_id = "chariot-web"
client_secret_file = "${secret}"
scopes = "openid profile"
networks = ["127.0.0.0/8"]
[issuers.claims]
organisation = "default"
roles_claim = "groups"
roles = { "chariot-admins" = "admin" }
default_roles = ["read-only"]
`,
  );
  return path;
}

/** Wait until *process* prints a line with *wanted* in it. */
function said(process: ChildProcess | undefined, wanted: RegExp): Promise<void> {
  return new Promise((done, failed) => {
    if (process?.stdout == null) throw new Error("the process has no output");
    createInterface(process.stdout).on("line", (line) => {
      if (wanted.test(line)) done();
    });
    process.on("exit", (code) => {
      failed(new Error(`${process.spawnfile} ended with ${code ?? "a signal"} before it was ready`));
    });
  });
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = new Promise((done) => process.once("exit", done));
  process.kill("SIGINT");
  await gone;
}
