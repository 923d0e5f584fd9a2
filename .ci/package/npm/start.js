#!/usr/bin/env node
// Starts the program of this system, which is in a package of its own: npm installs only the one that fits.
const { spawn } = require("node:child_process");

const platform = `@feishu-bulk/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "feishu-bulk.exe" : "feishu-bulk";
let program;
try {
  program = require.resolve(`${platform}/${file}`);
} catch {
  console.error(`feishu-bulk: the package ${platform} is not installed; there may be none for this system`);
  process.exit(2);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both: the program ends its run in order, and its exit code is waited for. Other signals come here alone.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`feishu-bulk: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code) => process.exit(code ?? 130));
