import { ones, type Tensor2D, type Tensor3D, variable, zeros } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";
import type { Feature, Site } from "../contract.ts";
import { features } from "../contract.ts";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { refusal } from "../refuse.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { gridOf, release } from "./grid.ts";
import { batch, callOf, type Inputs, inputsFor, type Subject, withBuilt } from "./subject.ts";

/** Every feature that is not supported is refused with the variant's own sentence, by build, by attend or by the layer around it. */
export function refusalChecks(subject: Subject): Check[] {
  return features.flatMap((feature) => {
    const sentence = subject.attention.supports[feature];
    if (sentence === true) return [];
    return [{ name: `refuses ${feature}`, run: () => refused(subject, feature, sentence) }];
  });
}

async function refused(subject: Subject, feature: Feature, sentence: string): Promise<Verdict> {
  if (sentence.trim() === "") return { ok: false, detail: "the sentence is empty" };
  const want = refusal(subject.attention.name, feature, sentence);
  const verdicts: Verdict[] = [];
  for (const ask of waysToAsk(subject, feature)) {
    const got = await messageOf(ask);
    const threw = got === undefined ? "nothing" : `'${got}'`;
    verdicts.push({ ok: got === want, detail: got === want ? want : `must throw '${want}', threw ${threw}` });
  }
  return worst(verdicts);
}

async function messageOf(body: () => Promise<void>): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The ways in which a user would ask for a feature; each must be refused. */
function waysToAsk(subject: Subject, feature: Feature): (() => Promise<void>)[] {
  const { site } = subject;
  const inputs = inputsFor(site, 6);
  switch (feature) {
    case "causal":
      return [() => build(subject, { ...site, causal: true })];
    case "groupedQuery":
      return [() => build(subject, { ...site, heads: 2, keyValueHeads: 1 })];
    case "dropout":
      return [() => build(subject, { ...site, dropout: 0.5 })];
    case "scoreBias":
      return [
        () => build(subject, { ...site, bias: { at: (offsets) => zeros([site.heads, offsets.size]) as Tensor2D } }),
      ];
    case "relativeContent":
      return [() => buildWithTable(subject)];
    case "keyPadding":
      return [() => call(subject, { ...inputs, keyPadding: gridOf([batch, 6], () => 1) })];
    case "crossAttention":
      return [() => call(subject, inputsFor(site, 6, 8)), () => layer(subject, (mha, x) => mha.call(x, { memory: x }))];
    case "anyLength":
      return [() => call(subject, inputsFor(site, site.maxLength + 1))];
    case "stepwise":
      return [() => layer(subject, (mha) => mha.start(batch))];
    case "weights":
      return [() => layer(subject, (mha, x) => mha.weights(x))];
  }
}

async function buildWithTable(subject: Subject): Promise<void> {
  const keys = scope("testkit table", () => variable(zeros([5, subject.site.headDim])));
  try {
    await build(subject, { ...subject.site, relative: { clip: 2, keys } });
  } finally {
    release([keys]);
  }
}

async function build(subject: Subject, site: Site): Promise<void> {
  await withBuilt(subject, site, async () => undefined);
}

async function call(subject: Subject, inputs: Inputs): Promise<void> {
  await withBuilt(subject, subject.site, async ({ mechanism }) => {
    scope("testkit refusal", () => void mechanism.attend(callOf(inputs)));
  });
}

async function layer(
  { attention, site }: Subject,
  use: (mha: MultiHeadAttention, x: Tensor3D) => unknown,
): Promise<void> {
  const { heads, headDim, maxLength, seed } = site;
  const dModel = site.dModel ?? heads * headDim;
  const mha = new MultiHeadAttention({ name: "testkit", attention, dModel, heads, headDim, maxLength, seed });
  try {
    scope("testkit layer", () => void use(mha, ones([batch, 6, dModel]) as Tensor3D));
  } finally {
    release([...Object.values(mha.parameters()), ...Object.values(mha.mechanism.constants ?? {})]);
  }
}
