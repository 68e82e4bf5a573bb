import { serveTrial } from "../../src/trial-process.ts";
import hard from "./hard-program.ts";
import toy from "./toy-program.ts";

serveTrial({ toy, hard });
