/** Memory: tensors are freed by scopes, never by hand. */
import { dispose, tensor_util, tidy, type TensorContainer } from "@tensorflow/tfjs-core";

/**
 * Runs `body` and frees every tensor that it made, except those in its result. The name shows up in TensorFlow.js profiles.
 * Synchronous: reading values (`await tensor.data()`) happens between scopes, so `body` must not return a promise.
 */
export function scope<T extends TensorContainer>(name: string, body: () => T): T {
  return tidy(name, () => {
    const result = body();
    if (result instanceof Promise) throw new TypeError(`scope: "${name}" must be synchronous, got a promise`);
    return result;
  });
}

/**
 * One turn of a loop over a state of tensors: runs `step` in a scope and frees the tensors of the old state that the new state does
 * not hold itself. The caller owns the state that comes back, and the old one must not be used again. When `step` throws, the old
 * state is untouched.
 */
export function carry<S extends TensorContainer>(state: S, step: (state: S) => S): S {
  const next = scope("carry", () => step(state));
  const held = new Set(tensor_util.getTensorsInContainer(next));
  for (const tensor of tensor_util.getTensorsInContainer(state)) if (!held.has(tensor)) dispose(tensor);
  return next;
}
