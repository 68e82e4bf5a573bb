/** One line per decoding strategy. */
export { greedy, sample } from "@attention-lab/decoders";
