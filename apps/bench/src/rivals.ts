import { attentionShape } from "./contestant.ts";
import { startPython } from "./python.ts";

/** Other people's PyTorch packages of our variants, in one process. */
export interface Rivals {
  /** Name and release of the package, such as `performer-pytorch 1.1.4`, by our variant's name; absent where it is not installed. */
  readonly packages: Readonly<Record<string, string>>;
  /** Packages that would be compared if they were there. */
  readonly missing: readonly string[];
  /** Seconds of one forward pass of the mechanism alone, with the options that ours has. */
  time(variant: string, length: number, options: Readonly<Record<string, unknown>>): Promise<number>;
  close(): void;
}

/** Undefined where Python or torch itself is missing. */
export async function rivals(python: string): Promise<Rivals | undefined> {
  const started = await startPython("variant_contestants.py", python);
  if (started === undefined) return undefined;
  const { packages, missing } = started.hello as Pick<Rivals, "packages" | "missing">;
  return {
    packages,
    missing,
    async time(variant, length, options) {
      const { seconds, error } = await started.ask({ ...attentionShape, variant, length, options });
      if (typeof seconds !== "number") throw new Error(`bench: ${packages[variant]} must run, got ${String(error)}`);
      return seconds;
    },
    close: () => started.close(),
  };
}
