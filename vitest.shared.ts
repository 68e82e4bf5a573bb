import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Every package's own vitest.config.ts re-exports this: workspace packages resolve to src/*.ts. */
export default defineConfig({
  ssr: { resolve: { conditions: ["@attention-lab/source", "module", "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
