// `npm test`: sets up a fresh clone, then runs every package's tests. `npm test -- packages/ops` runs some of them.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { root, setup } from "./setup.mjs";

setup();
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const report = process.env.ATTN_TEST_REPORT;
const reporters = report ? ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`] : [];
const result = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(result.status ?? 1);
