import { countsSubgroups } from "../adapter.ts";
import { entry, type Program } from "../program.ts";

/** Invocations that share one row. */
export const rowLanes = 64;

const kinds = [
  { name: "sum", both: (a: string, b: string) => `${a} + ${b}`, subgroup: "subgroupAdd" },
  { name: "max", both: (a: string, b: string) => `max(${a}, ${b})`, subgroup: "subgroupMax" },
] as const;

const shared = `var<workgroup> shared_by_row: array<f32, ${rowLanes}>;\n`;

/** By halves, through workgroup memory. */
const plain = kinds.map(
  ({ name, both }) => `
fn ${name}_all(lid: i32, x: f32) -> f32 {
  shared_by_row[lid] = x;
  workgroupBarrier();
  for (var s = ${rowLanes / 2}; s > 0; s /= 2) {
    if (lid < s) { shared_by_row[lid] = ${both("shared_by_row[lid]", "shared_by_row[lid + s]")}; }
    workgroupBarrier();
  }
  let answer = shared_by_row[0];
  workgroupBarrier();
  return answer;
}
`,
);

/** Each subgroup for itself, then all by every invocation: two barriers in place of eight. */
const bySubgroups = kinds.map(
  ({ name, both, subgroup }) => `
fn ${name}_all(lid: i32, x: f32) -> f32 {
  let own = ${subgroup}(x);
  if (subgroup_lane == 0u) { shared_by_row[subgroup] = own; }
  workgroupBarrier();
  var answer = shared_by_row[0];
  for (var i = 1u; i < subgroups; i++) { answer = ${both("answer", "shared_by_row[i]")}; }
  workgroupBarrier();
  return answer;
}
`,
);

const builtins = ["subgroup_id", "num_subgroups", "subgroup_invocation_id"] as const;
const variables = ["subgroup", "subgroups", "subgroup_lane"] as const;

/**
 * A shader of workgroups of `rowLanes` in whose body `sum_all(lid, x)` and `max_all(lid, x)` are the sum and the largest of one number per
 * invocation, known to all of them; by subgroups where the device has them.
 */
export function rowCode(device: Pick<GPUDevice, "features">, body: string): Pick<Program, "directives" | "code"> {
  if (!countsSubgroups(device)) {
    return { directives: "", code: `${shared}${plain.join("")}${entry(rowLanes, body)}` };
  }
  const declared = variables.map((name) => `var<private> ${name}: u32;\n`).join("");
  const assigned = variables.map((name) => `${name} = ${name}_given;`).join(" ");
  const given = builtins.map((name, i) => `, @builtin(${name}) ${variables[i]}_given: u32`).join("");
  return {
    directives: "enable subgroups;\n",
    code: `${shared}${declared}${bySubgroups.join("")}${entry(rowLanes, `${assigned}\n  ${body}`, given)}`,
  };
}
