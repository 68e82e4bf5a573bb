import type { Scores } from "@attention-lab/training";

/** `2.310 nats, perplexity 10.1, 3.333 bits per byte, 41.2 % right`. */
export function scoresText({ loss, perplexity, bitsPerByte, accuracy, exactMatch }: Scores): string {
  const parts = [`${loss.toFixed(3)} nats`, `perplexity ${perplexity.toPrecision(3)}`];
  if (bitsPerByte !== undefined) parts.push(`${bitsPerByte.toFixed(3)} bits per byte`);
  parts.push(`${(100 * accuracy).toFixed(1)} % of tokens right`);
  if (exactMatch !== undefined) parts.push(`${(100 * exactMatch).toFixed(1)} % of sequences right`);
  return parts.join(", ");
}
