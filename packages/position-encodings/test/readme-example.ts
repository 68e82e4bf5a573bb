import "@tensorflow/tfjs"; // registers a backend and the gradients
import { range, type Tensor3D, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { alibi, rope, sinusoidal } from "@attention-lab/position-encodings";

const site = { dModel: 64, heads: 4, headDim: 16, maxLength: 512, seed: 1 };
const rotary = rope({ base: 10000, pairing: "interleaved", fraction: 1 }).build(site);
const queries = rotary.rotate?.(zeros([1, 4, 100, 16]) as Tensor4D, 0); // [B,H,N,D], first row at position 0
const table = sinusoidal({ layout: "interleaved" }).build(site);
const embedded = table.embed?.(zeros([1, 100, 64]) as Tensor3D, 0); // [B,N,dModel]
const bias = alibi({ form: "symmetric" }).build(site).bias?.at(range(-99, 100)); // [H,2N-1], a number for each offset
console.log(queries?.shape, embedded?.shape, bias?.shape);
