/** One line per position encoding. */
export { alibi, index, learned, rope, shaw, sinusoidal, t5 } from "@attention-lab/position-encodings";
