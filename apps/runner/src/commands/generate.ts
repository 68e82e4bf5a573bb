import { Command } from "commander";
import { chosenBackend, type GlobalOptions } from "../global-options.ts";
import { amount, whole } from "../numbers.ts";
import { printJson } from "../output.ts";
import { generateText } from "../training/generate-text.ts";
import { openCheckpoint } from "../training/open-checkpoint.ts";

interface Options extends GlobalOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly repetitionPenalty?: number;
  readonly noRepeat?: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `attn generate`: a trained model goes on with a text, or answers it, as it writes. */
export function generateCommand(): Command {
  return new Command("generate")
    .description("let a trained model go on with a text, or translate it")
    .argument("<checkpoint>", "a checkpoint, or the folder of a training run")
    .argument("<prompt>", "what the text begins with, or what is translated")
    .option("--max-tokens <n>", "most tokens to write", whole("max-tokens", 1), 300)
    .option("--temperature <x>", "0 is greedy", amount("temperature", { zero: true }), 0.7)
    .option("--top-k <n>", "draw from the k likeliest tokens", whole("top-k", 1))
    .option(
      "--top-p <x>",
      "draw from the likeliest tokens that together have this probability",
      amount("top-p", { zero: false }),
    )
    .option("--min-p <x>", "draw from tokens of at least this share of the likeliest", amount("min-p", { zero: true }))
    .option("--beams <n>", "search with so many beams instead of drawing", whole("beams", 1))
    .option(
      "--length-penalty <x>",
      "alpha of the search's GNMT length penalty (default: 0.6)",
      amount("length-penalty", { zero: true }),
    )
    .option(
      "--repetition-penalty <x>",
      "above 1: tokens that occurred become less likely",
      amount("repetition-penalty", { zero: false }),
    )
    .option("--no-repeat <n>", "no run of n tokens comes twice", whole("no-repeat", 1))
    .option("--seed <n>", "of the draws", whole("seed", 0), 1)
    .option("--json", "print {checkpoint, step, prompt, text}")
    .action(async (path: string, prompt: string, _: unknown, command: Command) => {
      await generate(path, prompt, command.optsWithGlobals<Options>());
    });
}

async function generate(path: string, prompt: string, options: Options): Promise<void> {
  const checkpoint = openCheckpoint(path);
  await chosenBackend(options);
  const writing = checkpoint.build().writing(prompt);
  const { json = false, lengthPenalty: alpha, ...rest } = options;
  const stream = (text: string) => void process.stdout.write(text);
  if (!json && writing.continues) stream(prompt);
  const text = await generateText(writing, {
    ...rest,
    ...(alpha === undefined ? {} : { lengthPenalty: { rule: "gnmt", alpha } }),
    ...(json ? {} : { onText: stream }),
  });
  if (json) printJson({ checkpoint: checkpoint.file, step: checkpoint.step, prompt, text });
  else stream("\n");
}
