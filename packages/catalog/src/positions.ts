/** One line per position encoding. */
export { learned, rope, sinusoidal } from "@attention-lab/position-encodings";
