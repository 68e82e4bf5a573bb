import { defineAttention, identity, parseOptions } from "@attention-lab/attention";
import { z } from "zod";

const schema = z.strictObject({ times: z.int().positive().optional() });
const right = identity({});

/** Identity under another name: the smallest variant that there can be. */
export const copied = defineAttention({
  name: "copied",
  paper: "none: a fixture of the tests",
  version: 3,
  supports: right.supports,
  parse: (raw) => parseOptions("copied attention", schema, raw),
  build: (_options, site) => right.build(site),
  cost: (_options, site, lengths) => right.cost(site, lengths),
});
