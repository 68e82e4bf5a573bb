import { defineAttention, identity } from "@attention-lab/attention";
import { copied } from "./copied.ts";

export { copied };
export const another = defineAttention({
  name: "another",
  paper: "none: a fixture of the tests",
  version: 1,
  supports: copied.supports,
  parse: (raw) => copied.parse(raw),
  build: (_options, site) => identity({}).build(site),
  cost: (_options, site, lengths) => identity({}).cost(site, lengths),
});
export const notes = "no variant";
