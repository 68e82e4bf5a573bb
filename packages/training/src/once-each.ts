import type { Parameters } from "@attention-lab/nn";

/** A variable that several layers share (Linformer's layerwise projection) is trained and saved once, under its first name. */
export function onceEach(parameters: Parameters): Parameters {
  const seen = new Set<number>();
  return Object.fromEntries(
    Object.entries(parameters).filter(([, { id }]) => {
      const first = !seen.has(id);
      seen.add(id);
      return first;
    }),
  );
}
