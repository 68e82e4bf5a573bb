import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { lengthMask, Recurrent } from "@attention-lab/nn";
import { randomNormal } from "@attention-lab/tensors";

const sizes = { inputs: 32, units: 64, layers: 2 };
const encoder = new Recurrent({ name: "encoder", cell: "gru", ...sizes, direction: "both", dropout: 0.1, seed: 1 });
const x = randomNormal(2, [3, 20, 32]) as Tensor3D; // [B,N,I]
const padding = lengthMask([20, 12, 7], 20); // [B,N], 1 = real
const { outputs, state } = encoder.call(x, { padding, training: true, step: 0 });
console.log(outputs.shape, state.length, state[3]?.hidden.shape); // [3, 20, 128], 4 cells, [3, 64]
