import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { register as registerTypeScript } from "tsx/esm/api";

const compiled = !import.meta.url.endsWith(".ts");
/** The same file for dist/ and for src/: both are published. */
const hookFile = new URL("../src/lend-packages.mjs", import.meta.url);
let lending = false;

/**
 * Imports a user's module by its absolute path. TypeScript is read by tsx, also where we run as compiled JavaScript. The module finds our
 * packages even where nothing is installed: what its own folder does not resolve is looked for beside them.
 */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  lendPackages();
  const unregister = compiled ? registerTypeScript() : undefined;
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } finally {
    await unregister?.();
  }
}

function lendPackages(): void {
  if (lending) return;
  lending = true;
  // `import.meta.resolve` is absent where a test runner replaces the module loader.
  if (typeof import.meta.resolve !== "function") return;
  const from = ["@attention-lab/attention", "@attention-lab/catalog"].map((name) => import.meta.resolve(name));
  register(hookFile, { data: { from } });
}
