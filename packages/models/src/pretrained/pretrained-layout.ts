import { invalid } from "@attention-lab/tensors";
import { bertLayout } from "./bert.ts";
import { gpt2Layout } from "./gpt2.ts";
import type { Layout } from "./layout.ts";
import { llamaLayout } from "./llama.ts";
import type { StoredTensors } from "./weight-map.ts";

const layouts: Readonly<Record<string, (tensors: StoredTensors, config: unknown) => Layout>> = {
  bert: bertLayout,
  gpt2: gpt2Layout,
  llama: llamaLayout,
};

/** What a published model is in our terms, by its config's `model_type`. */
export function pretrainedLayout(tensors: StoredTensors, config: unknown): Layout {
  const { model_type: type } = (config ?? {}) as { readonly model_type?: unknown };
  const layout = typeof type === "string" && Object.hasOwn(layouts, type) ? layouts[type] : undefined;
  if (layout === undefined)
    throw invalid("pretrained", `model_type must be one of ${Object.keys(layouts).join(", ")}`, type);
  return layout(tensors, config);
}
