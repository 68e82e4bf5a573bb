import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

const merged = mergeConfig(shared, defineConfig({}));

/** This package loads no TensorFlow.js, so neither do its tests. */
export default { ...merged, test: { ...merged.test, setupFiles: [] } };
