import { holds, oneOf, positiveNumbers } from "./check.ts";
import type { GemmCall } from "./engine.ts";
import { activations, type Invocation } from "./operations.ts";

/** Checks a product and lays it out for `gemm` in csrc/gemm.c. */
export function gemmInvocation(engine: string, call: GemmCall): Invocation {
  const who = `${engine} gemm`;
  const { m, n, k, batch = 1, transposeA = false, transposeB = false } = call;
  const { sharedA = false, sharedB = false, accumulate = false } = call;
  positiveNumbers(who, { m, n, k, batch });
  holds(who, "a", call.a, (sharedA ? 1 : batch) * m * k);
  holds(who, "b", call.b, (sharedB ? 1 : batch) * k * n);
  holds(who, "c", call.c, batch * m * n);
  if (call.bias !== undefined) holds(who, "bias", call.bias, n);
  if (call.residual !== undefined) holds(who, "residual", call.residual, batch * m * n);
  if (call.pre !== undefined) holds(who, "pre", call.pre, batch * m * n);
  const flags = [sharedA, sharedB, accumulate].map(Number);
  const activation = oneOf(who, "activation", call.activation, activations);
  return {
    operation: "gemm",
    sizes: [m, n, k, Number(transposeA), Number(transposeB), batch, ...flags, activation],
    numbers: [],
    arrays: [call.a, call.b, call.bias, call.residual, call.c, call.pre],
    access: accumulate ? "rrrrbw" : "rrrrww",
  };
}
