import shared from "../../vitest.shared.ts";
import { adapterForTests } from "./tools/software-adapter.mjs";

// A software adapter compiles shaders as slowly as it runs them.
const patience = { testTimeout: 600_000, hookTimeout: 600_000 };

export default { ...shared, test: { ...shared.test, ...patience, env: adapterForTests() } };
