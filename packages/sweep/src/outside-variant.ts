import type { Variant } from "@attention-lab/attention";
import { unknownName, variantsByName } from "@attention-lab/catalog";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { importModule } from "./import-module.ts";
import { absoluteName, splitName } from "./outside-name.ts";

export interface OutsideVariant {
  readonly variant: Variant;
  /** Absolute path of its file, with `#export` where one was named. */
  readonly name: string;
  /** Of the file: part of a trial's identity, so that an edited file is another trial. */
  readonly sha256: string;
  /** Everything that the file exports. */
  readonly exports: Readonly<Record<string, unknown>>;
}

/** What was loaded in this process, by absolute name; Node keeps the modules themselves just so. */
const loaded = new Map<string, OutsideVariant>();

/**
 * Loads a variant that is not in the catalogue, by module path or package name (`./mine.ts`, `./mine.ts#kind`, `package#kind`); a path counts from
 * `directory`. Afterwards configs may name it. A RangeError says in one sentence what is missing, wrong or ambiguous.
 */
export async function loadOutside(name: string, directory: string = process.cwd()): Promise<OutsideVariant> {
  const absolute = absoluteName(name, directory);
  const known = loaded.get(absolute);
  if (known !== undefined) return known;
  const { module: file, exportName } = splitName(absolute);
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  const exports = await importModule(file).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`variant ${name}: could not be loaded: ${why}`, { cause: error });
  });
  const variant = pick(name, exports, exportName);
  if (Object.hasOwn(variantsByName, variant.variant)) {
    throw new RangeError(
      `variant ${name}: its name must not be one of the catalogue's, got "${variant.variant}": give it another name`,
    );
  }
  const found = { variant, name: absolute, sha256, exports };
  loaded.set(absolute, found);
  return found;
}

/** A variant that `loadOutside` has loaded, by its absolute name. */
export function outsideVariant(name: string): OutsideVariant {
  const found = loaded.get(name);
  if (found === undefined) throw new Error(`variant ${name}: must be loaded with loadOutside before it is used`);
  return found;
}

/** The same by what a trial knows of it; an Error when its file is no longer the one that the trial was planned with. */
export function outsideOfTrial(variant: string, sha256: string): OutsideVariant {
  for (const each of loaded.values()) if (each.variant.variant === variant && each.sha256 === sha256) return each;
  throw new Error(`variant ${variant}: its file must not change while it is measured; run the command again`);
}

function pick(name: string, exports: OutsideVariant["exports"], exportName: string | undefined): Variant {
  const variants = Object.entries(exports).filter((entry): entry is [string, Variant] => isVariant(entry[1]));
  const names = variants.map(([key]) => key);
  if (names.length === 0) {
    const others = Object.keys(exports).join(", ") || "nothing";
    throw new RangeError(`variant ${name}: the module must export a variant (made by defineAttention), got ${others}`);
  }
  if (exportName !== undefined) {
    const found = variants.find(([key, { variant }]) => key === exportName || variant === exportName);
    if (found === undefined) throw unknownName(`variant ${name}`, "the part after #", names, exportName);
    return found[1];
  }
  const [first] = variants;
  if (first === undefined || new Set(variants.map(([, variant]) => variant)).size > 1) {
    throw new RangeError(
      `variant ${name}: the module exports several variants, so say which with #NAME, one of ${names.join(", ")}`,
    );
  }
  return first[1];
}

function isVariant(value: unknown): value is Variant {
  if (typeof value !== "function") return false;
  const { variant, parse, supports, version } = value as Partial<Variant>;
  return (
    typeof variant === "string" &&
    typeof parse === "function" &&
    typeof supports === "object" &&
    Number.isInteger(version)
  );
}
