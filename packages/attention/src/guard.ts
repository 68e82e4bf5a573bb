import { scope } from "@attention-lab/tensors";
import type { Call, Mechanism, Site, Stepwise, Support } from "./contract.ts";
import { checkCall } from "./check-site.ts";
import { askedByCall, refuse } from "./refuse.ts";

/**
 * The same mechanism, which refuses calls that ask for what the variant does not support, and frees everything but its
 * result: a variant's author writes formulas only.
 */
export function guard(name: string, supports: Support, site: Site, mechanism: Mechanism): Mechanism {
  const { parameters, constants, weights, stepwise } = mechanism;
  const check = (call: Call) => {
    checkCall(name, call);
    refuse(name, supports, askedByCall(call, site));
  };
  return {
    parameters,
    ...(constants === undefined ? {} : { constants }),
    attend(call) {
      check(call);
      return scope(`${name} attention`, () => mechanism.attend(call));
    },
    ...(weights === undefined
      ? {}
      : {
          weights(call: Call) {
            check(call);
            return scope(`${name} attention weights`, () => weights(call));
          },
        }),
    ...(stepwise === undefined ? {} : { stepwise: scoped(name, stepwise) }),
  };
}

function scoped(name: string, stepwise: Stepwise): Stepwise {
  return {
    start: (batch) => scope(`${name} attention start`, () => stepwise.start(batch)),
    step(state, next) {
      const stepped = scope(`${name} attention step`, () => {
        const { output, state: following } = stepwise.step(state, next);
        return { output, state: { ...following } };
      });
      return stepped;
    },
  };
}
