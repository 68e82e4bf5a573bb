import shared from "../../vitest.shared.ts";
import { softwareAdapter } from "./tools/software-adapter.mjs";

// Where SwiftShader was installed (tools/software-adapter.mjs) and nobody chose a driver, the tests run on it.
const chosen = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];
const variables = chosen === undefined ? softwareAdapter() : undefined;

// A software adapter compiles shaders as slowly as it runs them.
const patience = { testTimeout: 600_000, hookTimeout: 600_000 };

export default { ...shared, test: { ...shared.test, ...patience, ...(variables && { env: variables }) } };
