/** One line per decoding strategy. */
export { beamSearch, greedy, sample } from "@attention-lab/decoders";
