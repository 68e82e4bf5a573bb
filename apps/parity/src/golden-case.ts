import { readFileSync } from "node:fs";
import path from "node:path";
import { readSafetensors } from "@attention-lab/tensors";
import { z } from "zod";

const Tolerance = z.object({ rtol: z.number(), atol: z.number() });
const TensorEntry = z.object({
  shape: z.array(z.number()),
  kind: z.enum(["real", "int", "bool"]),
  role: z.enum(["input", "parameter", "output", "gradient"]),
});
const CaseEntry = z.object({
  id: z.string(),
  file: z.string(),
  feature: z.string(),
  source: z.string(),
  config: z.record(z.string(), z.unknown()),
  tensors: z.record(z.string(), TensorEntry),
  tolerance: z.object({ forward: Tolerance, gradient: Tolerance.optional() }),
});
const Index = z.object({ cases: z.array(CaseEntry) });

export type Tolerance = z.infer<typeof Tolerance>;

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly kind: "real" | "int" | "bool";
  readonly role: "input" | "parameter" | "output" | "gradient";
  readonly values: Float64Array;
}

/** One case of a golden folder: what went in, what another implementation made of it. */
export interface GoldenCase {
  readonly id: string;
  readonly feature: string;
  readonly source: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
  readonly tolerance: { readonly forward: Tolerance; readonly gradient?: Tolerance | undefined };
}

/** Reads a folder's `index.json` and its tensors. Errors: one sentence naming the file that is missing or malformed. */
export function readGoldenFolder(folder: string): GoldenCase[] {
  const indexFile = path.join(folder, "index.json");
  let raw: string;
  try {
    raw = readFileSync(indexFile, "utf8");
  } catch {
    throw new Error(`parity: ${folder} is not a golden folder: it has no readable index.json`);
  }
  const parsed = Index.safeParse(JSON.parse(raw));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`parity: ${indexFile}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "malformed"}`);
  }
  return parsed.data.cases.map((entry) => {
    const stored = readSafetensors(readFileSync(path.join(folder, entry.file)));
    const tensors = Object.entries(entry.tensors).map(([name, { shape, kind, role }]): [string, GoldenTensor] => {
      const found = stored.get(name);
      if (found === undefined)
        throw new Error(`parity: ${entry.file} lacks the tensor "${name}" that index.json lists`);
      return [name, { shape, kind, role, values: Float64Array.from(found.values as Float64Array) }];
    });
    return { ...entry, tensors: Object.fromEntries(tensors) };
  });
}
