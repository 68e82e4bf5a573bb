import { serveTrial } from "../../src/trial-process.ts";
import toy from "./toy-program.ts";

serveTrial({ toy });
