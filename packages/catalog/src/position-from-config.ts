import type { PositionEncoding } from "@attention-lab/position-encodings";
import { invalid } from "@attention-lab/tensors";
import { lookup } from "./lookup.ts";
import * as entries from "./positions.ts";

/** A position encoding with the types of its options forgotten, for names that come from outside: `parse` checks what they get. */
interface AnyPosition {
  (options: unknown): PositionEncoding;
  readonly position: string;
  parse(raw: unknown): unknown;
}

const positionsByName: Readonly<Record<string, AnyPosition>> = Object.fromEntries(
  Object.values(entries).map((entry) => [entry.position, entry as unknown as AnyPosition]),
);

/** The position encoding that a config names, with its options: `positionFromConfig({ name: "rope", base: 500000, pairing: "half" })`. */
export function positionFromConfig(config: unknown): PositionEncoding {
  if (typeof config !== "object" || config === null) {
    throw invalid("position", "a config must be an object such as { name: 'rope' }", config);
  }
  const { name, ...raw } = config as { readonly name?: unknown };
  const position = lookup("position", positionsByName, name);
  return position(position.parse(raw));
}
