// A module hook (node:module), registered by import-module.ts and run in Node's hook thread: plain JavaScript, because no compiler is at work there yet.

/** Modules beside which a package is looked for when the importing file's own folder has none. @type {readonly string[]} */
let lenders = [];

/** @type {import("node:module").InitializeHook<{ from: readonly string[] }>} */
export const initialize = ({ from }) => {
  lenders = from;
};

/** @type {import("node:module").ResolveHook} */
export const resolve = async (specifier, context, nextResolve) => {
  const resolved = await anywhere(specifier, context, nextResolve);
  // A lone file has no package.json to say that it is an ES module, and CommonJS would get second copies of our packages.
  const typescript = resolved.url.split("?", 1)[0]?.endsWith(".ts") && !resolved.url.includes("/node_modules/");
  return typescript ? { ...resolved, format: "module" } : resolved;
};

/** @type {import("node:module").ResolveHook} */
const anywhere = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (/^[./]|^[a-z]+:/.test(specifier)) throw error;
    for (const parentURL of lenders) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch {
        // The next one may have it; when none has, the first failure is the one to tell.
      }
    }
    throw error;
  }
};
