// The union package registers every gradient and the cpu backend once; library code imports tfjs-core alone.
import "@tensorflow/tfjs";
import { env } from "@tensorflow/tfjs-core";

// Without this the cpu backend greets every test file with an advertisement for another one.
env().set("IS_TEST", true);
