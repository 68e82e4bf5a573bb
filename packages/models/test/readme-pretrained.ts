import "@tensorflow/tfjs"; // registers a backend and the gradients
import { readFileSync } from "node:fs";
import { tensor2d } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { bertFromWeights } from "@attention-lab/models";
import { learned } from "@attention-lab/position-encodings";
import { readSafetensors } from "@attention-lab/tensors";

const [weights = "model.safetensors", config = "config.json"] = process.env["MODEL"]?.split(",") ?? [];
const tensors = readSafetensors(readFileSync(weights));
const parts = { attention: full({}), position: learned(learned.parse({})) };
const { model } = bertFromWeights(tensors, JSON.parse(readFileSync(config, "utf8")), parts);
const hidden = model.call(tensor2d([[2, 7, 4]], [1, 3], "int32")); // [B,N,dModel]
console.log(hidden.shape);
