import { carry, scope } from "@attention-lab/tensors";
import { type Tensor, type TensorContainer, type Variable, variable } from "@tensorflow/tfjs-core";
import type { Attention, Call, Mechanism, Site } from "@attention-lab/attention";
import { visible } from "@attention-lab/ops";
import type { AttentionMap } from "@attention-lab/results";

/** Names of a place's rows and columns. */
export type Tokens = Pick<AttentionMap, "queries" | "keys">;

interface Held {
  readonly place: string;
  readonly weights: Variable;
  readonly hides: (head: number, query: number, key: number) => boolean;
}

/**
 * Looks at attention from outside: a variant that is watched computes what it always does, and its weights besides. Models know nothing of it.
 */
export class Watch {
  readonly #held: Held[] = [];
  /** Why a place shows nothing: the variant's own sentence. */
  readonly refusals = new Map<string, string>();

  /** The same variant, seen. */
  around(place: string, attention: Attention): Attention {
    const { name, supports } = attention;
    if (supports.weights !== true) {
      this.refusals.set(place, `${place}: ${name} attention cannot show weights: ${supports.weights}`);
      return attention;
    }
    return { ...attention, build: (site) => this.#watched(place, attention, site) };
  }

  /** Adds weights [B,H,N,M] that a model has given itself. */
  show(place: string, weights: Tensor, hides: Held["hides"] = () => false): void {
    this.#held.push({ place, weights: scope("watch", () => variable(weights, false)), hides });
  }

  /** What has been seen since the last time, read from the backend and freed there: a map for each head of each place. */
  async take(tokensOf: (place: string) => Tokens): Promise<AttentionMap[]> {
    const held = this.#held.splice(0);
    const maps: AttentionMap[] = [];
    for (const { place, weights, hides } of held) {
      const [heads = []] = (await weights.array()) as number[][][][]; // [B,H,N,M]
      const shown = (head: number, rows: readonly (readonly number[])[]) =>
        rows.map((row, query) => row.map((weight, key) => (hides(head, query, key) ? null : weight)));
      const ofPlace = heads.map((rows, head) => ({
        place,
        head: head + 1,
        ...tokensOf(place),
        weights: shown(head, rows),
      }));
      maps.push(...ofPlace);
    }
    // Variables outlive every scope, and so the layers' own; `carry` is what may free them.
    carry<TensorContainer>(
      held.map(({ weights }) => weights),
      () => undefined,
    );
    return maps;
  }

  #watched(place: string, attention: Attention, site: Site): Mechanism {
    const mechanism = attention.build(site);
    const { weights } = mechanism;
    if (weights === undefined) return mechanism;
    return {
      ...mechanism,
      attend: (call) => {
        this.show(place, weights(call), hiddenBy(attention, site, call));
        return mechanism.attend(call);
      },
    };
  }
}

/** By the declared pattern where there is one; a causal site hides the future in any case. */
function hiddenBy(attention: Attention, site: Site, { k, queryOffset, globals }: Call): Held["hides"] {
  const pattern = attention.pattern?.(site, k.shape[2]) ?? { causal: site.causal };
  const isGlobal = (position: number) => globals?.[0]?.includes(position) ?? false;
  return (head, query, key) =>
    !visible(pattern, { head, query, key, queryOffset, globalKey: isGlobal(key) || isGlobal(query) });
}
