import { concat, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Call, StepState, Stepwise } from "@attention-lab/attention";

/**
 * Decoding with a cache: the state holds the keys and values of all positions so far, [B,KH,n,D] and [B,KH,n,Dv], and is empty at the
 * start. A step costs O(n D) and copies the cache once.
 */
export function keyValueCache(attend: (call: Call) => Tensor4D): Stepwise {
  return {
    start: () => ({}),
    step(state, { q, k, v, position }) {
      const keys = append(state, "keys", k);
      const values = append(state, "values", v);
      const length = keys.shape[2] - 1;
      if (length !== position) {
        throw new RangeError(
          `full attention: a step goes to the position after the cache's ${length}, got ${position}`,
        );
      }
      const input = () => {
        throw new TypeError("full attention: a step must not ask for the layer's input, got asked");
      };
      const call = { q, k: keys, v: values, input, queryOffset: position, training: false, step: 0 };
      return { output: attend(call), state: { keys, values } };
    },
  };
}

function append(state: StepState, name: "keys" | "values", next: Tensor4D): Tensor4D {
  const held = state[name];
  return held === undefined ? next : concat([held as Tensor4D, next], 2);
}
