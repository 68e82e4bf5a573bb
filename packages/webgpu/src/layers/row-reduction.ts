/** Invocations that share one row. */
export const rowLanes = 64;

/**
 * Sums and maxima of one number per invocation over a workgroup: `sum_all(lid, x)` and `max_all(lid, x)`. Each ends with all invocations
 * knowing the answer.
 */
export const rowReductions = ["sum", "max"]
  .map(
    (kind) => `
fn ${kind}_all(lid: i32, x: f32) -> f32 {
  shared_by_row[lid] = x;
  workgroupBarrier();
  for (var s = ${rowLanes / 2}; s > 0; s /= 2) {
    if (lid < s) { shared_by_row[lid] = ${kind === "sum" ? "shared_by_row[lid] + shared_by_row[lid + s]" : "max(shared_by_row[lid], shared_by_row[lid + s])"}; }
    workgroupBarrier();
  }
  let answer = shared_by_row[0];
  workgroupBarrier();
  return answer;
}`,
  )
  .join("\n")
  .replace("\n", `var<workgroup> shared_by_row: array<f32, ${rowLanes}>;\n`);
