// Layers and variants never manage memory by hand: only these packages may import tidy, keep or dispose (docs/architecture.md).
// The raw operations that give wrong numbers or have no gradient may appear nowhere but behind a safe form.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const memoryWords = /\b(tidy|keep|dispose|disposeVariables)\b/;
const mayManageMemory = [
  "packages/tensors",
  "packages/training",
  "packages/backends",
  "packages/sweep",
  "apps/bench",
  "apps/parity",
];
const rawOperations = /\b(einsum|topk|gatherND|scatterND|cumprod|cumsum|stridedSlice|mirrorPad|squaredDifference)\b/;
const mayUseRaw = ["packages/tensors", "packages/backends"];

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return statSync(full).isDirectory() ? files(full) : name.endsWith(".ts") ? [full] : [];
  });

const faults = [];
for (const kind of ["packages", "apps"]) {
  for (const name of readdirSync(path.join(root, kind))) {
    const place = `${kind}/${name}`;
    for (const file of files(path.join(root, place, "src"))) {
      const text = readFileSync(file, "utf8");
      for (const [imported] of text.matchAll(/import\s*\{[^}]*\}\s*from\s*"@tensorflow\/[^"]+"/g)) {
        const memory = memoryWords.exec(imported)?.[0];
        const raw = rawOperations.exec(imported)?.[0];
        if (memory && !mayManageMemory.includes(place))
          faults.push(`${path.relative(root, file)}: imports ${memory}; use scope or carry of @attention-lab/tensors`);
        if (raw && !mayUseRaw.includes(place))
          faults.push(`${path.relative(root, file)}: imports ${raw}; use the safe form of @attention-lab/tensors`);
      }
      if (/import\s+\*\s+as\s+\w+\s+from\s+"@tensorflow/.test(text))
        faults.push(`${path.relative(root, file)}: import TensorFlow.js functions by name`);
      if (/\.dispose\(/.test(text) && !mayManageMemory.includes(place))
        faults.push(`${path.relative(root, file)}: calls dispose; use scope or carry of @attention-lab/tensors`);
    }
  }
}
for (const fault of faults) console.error(fault);
console.log(`memory words and raw operations: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
