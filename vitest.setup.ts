// The union package registers every gradient and the cpu backend once; library code imports tfjs-core alone.
import "@tensorflow/tfjs";
import { env } from "@tensorflow/tfjs-core";

// Without this the cpu backend greets every test file with an advertisement. Not IS_TEST: that makes the engine report by-products of
// kernels which are saved for the backward pass as leaks.
env().set("PROD", true);
