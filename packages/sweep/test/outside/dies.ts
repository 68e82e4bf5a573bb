import { defineAttention, identity } from "@attention-lab/attention";
import { copied } from "./copied.ts";

/** Its process is killed whenever it is asked for. */
export const dies = defineAttention({
  name: "dies",
  paper: "none: a fixture of the tests",
  version: 1,
  supports: copied.supports,
  parse: (raw) => copied.parse(raw),
  build: () => {
    process.kill(process.pid, "SIGKILL");
    throw new Error("unreachable: a killed process runs nothing");
  },
  cost: (_options, site, lengths) => identity({}).cost(site, lengths),
});
