// The packages' arrows point one way: fails when the workspace's dependency graph has a cycle, or when source files of a package do.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return statSync(full).isDirectory() ? files(full) : name.endsWith(".ts") ? [full] : [];
  });

/** The first cycle of a graph as a list of nodes, or undefined. */
function cycleOf(graph) {
  const state = new Map();
  const visit = (node, trail) => {
    if (state.get(node) === "done") return undefined;
    if (state.get(node) === "open") return [...trail.slice(trail.indexOf(node)), node];
    state.set(node, "open");
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...trail, node]);
      if (found) return found;
    }
    state.set(node, "done");
    return undefined;
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found) return found;
  }
  return undefined;
}

const packages = new Map();
const modules = new Map();
for (const kind of ["packages", "apps"]) {
  for (const name of readdirSync(path.join(root, kind))) {
    const folder = path.join(root, kind, name);
    const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    packages.set(
      manifest.name,
      Object.keys(manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith("@attention-lab/")),
    );
    for (const file of files(path.join(folder, "src"))) {
      // Type-only imports vanish when compiled, so they may point both ways.
      const imports = readFileSync(file, "utf8").matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gm);
      modules.set(file, [...imports].map((match) => path.resolve(path.dirname(file), match[1])).filter(existsSync));
    }
  }
}
for (const [what, graph] of Object.entries({ packages, files: modules })) {
  const cycle = cycleOf(graph);
  if (cycle) {
    console.error(`cycle between ${what}: ${cycle.map((node) => path.relative(root, node) || node).join(" -> ")}`);
    process.exit(1);
  }
}
console.log(`no cycle among ${packages.size} packages and ${modules.size} files`);
