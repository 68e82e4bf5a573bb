import "@tensorflow/tfjs"; // registers a backend and the gradients
import { randomNormal } from "@attention-lab/tensors";
import { FeedForward, LayerNorm, named } from "@attention-lab/nn";

const norm = new LayerNorm({ name: "norm", width: 64 });
const mlp = new FeedForward({ name: "mlp", width: 64, hidden: 256, activation: "geluTanh", dropout: 0.1, seed: 1 });
const x = randomNormal(2, [8, 128, 64]); // [B,N,dModel]
const y = mlp.call(norm.call(x), { training: true, step: 0 }); // [B,N,dModel]
const parameters = { ...named("norm", norm.parameters()), ...named("mlp", mlp.parameters()) };
console.log(y.shape, Object.keys(parameters)); // norm.weight, norm.bias, mlp.up.weight, ...
