import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { Embedding, Layer, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed, scope } from "@attention-lab/tensors";
import { attentionPerLayer, checkSizes } from "./check-options.ts";
import { checkPadding } from "./check-padding.ts";
import { MaskedTokenHead } from "./masked-token-head.ts";
import type { EncoderOnlyOptions } from "./options.ts";
import { ClassificationHead, Pooler } from "./sequence-head.ts";
import { TokenStack } from "./token-stack.ts";
import type { BlockCall } from "./transformer-block.ts";

const who = "encoder-only transformer";

/** What varies between calls of an encoder. */
export interface EncoderCall extends Phase, Pick<BlockCall, "globals"> {
  /** [B,N], 1 = a real token. Each row needs one. */
  readonly padding?: Tensor2D;
  /** int32 [B,N], below the option `tokenTypes`; absent: type 0 everywhere. */
  readonly tokenTypes?: Tensor2D;
}

/**
 * An encoder that sees the whole sequence (Devlin et al. 2019, BERT): int32 ids [B,N] -> hidden values [B,N,dModel], and the heads that were asked
 * for. `padding` hides tokens from the others; what stands at their own positions means nothing.
 *
 * Parameters: `embedding.weight`, `tokenTypes.weight`, `embeddingNorm.*`, `position.*`, `blocks.<i>.*`, `norm.*` (pre-norm), `maskedTokens.*`,
 * `pooler.dense.*`, `classifier.*`.
 */
export class EncoderOnlyTransformer extends Layer<[ids: Tensor2D, call?: EncoderCall], Tensor3D> {
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly embedding: Embedding;
  readonly #tokens: TokenStack;
  readonly #maskedTokens: MaskedTokenHead | undefined;
  readonly #pooler: Pooler | undefined;
  readonly #classifier: ClassificationHead | undefined;

  constructor(options: EncoderOnlyOptions) {
    super("encoderOnlyTransformer");
    const { position, attention, classes, maskedTokens = false, ...shared } = options;
    const { vocabulary, dModel, maxLength, layers, tokenTypes, dropout, activation, seed } = shared;
    const counts = {
      ...(tokenTypes === undefined ? {} : { tokenTypes }),
      ...(classes === undefined ? {} : { classes }),
    };
    checkSizes(who, options, { vocabulary, layers, ...counts });
    const attentions = attentionPerLayer(who, attention, { layers, needs: [] });
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
    const table = { name: "embedding", rows: vocabulary, width: dModel, seed: deriveSeed(seed, "embedding") };
    this.embedding = new Embedding(table);
    const own = { name: who, table: this.embedding, causal: false, attentions, position };
    this.#tokens = new TokenStack({ ...shared, ...own });
    if (maskedTokens) {
      const style = { ...shared, activation: activation === "swiglu" ? ("geluErf" as const) : activation };
      this.#maskedTokens = new MaskedTokenHead({
        ...style,
        table: this.embedding,
        seed: deriveSeed(seed, "maskedTokens"),
      });
    }
    if (shared.pooler ?? classes !== undefined) this.#pooler = new Pooler(dModel, deriveSeed(seed, "pooler"));
    if (classes !== undefined) {
      const head = { width: dModel, classes, dropout, seed: deriveSeed(seed, "classifier") };
      this.#classifier = new ClassificationHead(head);
    }
  }

  parameters(): Parameters {
    return {
      ...named("embedding", this.embedding.parameters()),
      ...this.#tokens.parameters(),
      ...named("maskedTokens", this.#maskedTokens?.parameters() ?? {}),
      ...named("pooler", this.#pooler?.parameters() ?? {}),
      ...named("classifier", this.#classifier?.parameters() ?? {}),
    };
  }

  /** The embeddings [B,N,dModel] and every block's output, the last of which is what `call` returns. */
  states(ids: Tensor2D, call: EncoderCall = {}): Tensor3D[] {
    checkPadding(who, call.padding, ids);
    return scope(`${this.name}.states`, () => this.#tokens.states(ids, call, blockCall(call)));
  }

  /** Scores of the token at every position, [B,N,V]. @throws TypeError without the option `maskedTokens`. */
  logits(ids: Tensor2D, call: EncoderCall = {}): Tensor3D {
    const head = required(this.#maskedTokens, "maskedTokens: true");
    return scope(`${this.name}.logits`, () => head.call(this.call(ids, call)) as Tensor3D);
  }

  /** One vector for each sequence, [B,dModel]. @throws TypeError without a pooler. */
  pooled(ids: Tensor2D, call: EncoderCall = {}): Tensor2D {
    const pooler = required(this.#pooler, "pooler: true");
    return scope(`${this.name}.pooled`, () => pooler.call(this.call(ids, call)));
  }

  /** Scores of the classes of each sequence, [B,classes]. @throws TypeError without the option `classes`. */
  classify(ids: Tensor2D, call: EncoderCall = {}): Tensor2D {
    const head = required(this.#classifier, "classes");
    return scope(`${this.name}.classify`, () => head.call(this.pooled(ids, call), call) as Tensor2D);
  }

  protected forward(ids: Tensor2D, call: EncoderCall = {}): Tensor3D {
    checkPadding(who, call.padding, ids);
    return this.#tokens.call(ids, call, blockCall(call));
  }
}

function blockCall(call: EncoderCall): BlockCall {
  const { padding, tokenTypes: _, ...rest } = call;
  return { ...rest, ...(padding === undefined ? {} : { keyPadding: padding }) };
}

function required<Head>(head: Head | undefined, option: string): Head {
  if (head === undefined) throw new TypeError(`${who}: this head needs the option ${option}, got none`);
  return head;
}
