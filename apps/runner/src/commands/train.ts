import { Command } from "commander";
import { describeBackend, chosenBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { whole, amount } from "../numbers.ts";
import { duration, printJson } from "../output.ts";
import { makeSystem, makeTrainer } from "../training/prepare.ts";
import { RunFolder } from "../training/run-folder.ts";
import { scoresText } from "../training/scores.ts";
import { addRunOptions, runOf, type TrainWords } from "../training/train-options.ts";
import { trainRun } from "../training/train-run.ts";
import { generateText } from "../training/generate-text.ts";

const finalBatches = 8;

interface Options extends GlobalOptions, TrainWords {
  readonly sample: number;
  readonly temperature: number;
  readonly prompt?: string;
  readonly checkpointEvery: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `attn train`: any model on any task, with any variant that can do what the model asks. */
export function trainCommand(): Command {
  const command = new Command("train").description(
    "train a model (a small language model on Moby-Dick unless told otherwise), and let it write",
  );
  return addRunOptions(command)
    .option("--checkpoint-every <n>", "steps between checkpoints", whole("checkpoint-every", 1), 50)
    .option("--sample <n>", "tokens to write after training", whole("sample", 0), 300)
    .option("--temperature <x>", "of the text; 0 is greedy", amount("temperature", { zero: true }), 0.7)
    .option("--prompt <text>", "what the text begins with, or what is translated")
    .option("--out <dir>", "keep run, metrics, checkpoints and text there, and go on from it")
    .option(
      "--json",
      "print {variant, run, parameters, steps, losses, validation: {loss, ...}, secondsPerStep, tokensPerSecond, text}",
    )
    .action(async (_: unknown, own: Command) => {
      await train(own.optsWithGlobals<Options>());
    });
}

async function train(options: Options): Promise<void> {
  const run = runOf(options);
  const backend = planBackend(await chosenBackend(options));
  const system = makeSystem(run);
  const trainer = makeTrainer(run, system);
  const folder = options.out === undefined ? undefined : new RunFolder(options.out, run);
  const checkpoint = folder?.checkpoint;
  const progress = checkpoint === undefined ? {} : trainer.restore(checkpoint).progress;
  const parameters = new Set(Object.values(system.parameters()));
  const size = [...parameters].reduce((sum, { size: own }) => sum + own, 0);
  const variant = [...new Set(run.attention.map(({ name }) => name))].join(", ") || "no attention";
  console.error(`${variant}: ${size} parameters on ${describeBackend(backend)}, from step ${trainer.step}`);
  const trained = await trainRun({ run, trainer, system, folder, progress, checkpointEvery: options.checkpointEvery });
  const validation = await trainer.evaluate(finalBatches);
  const text = await sampleText(system, options, run.seed);
  if (text !== undefined) folder?.replace("sample.txt", `${text.whole}\n`);
  const { losses, secondsPerStep, tokensPerSecond } = trained;
  if (options.json === true) {
    const said = { parameters: size, steps: trainer.step, losses, validation, secondsPerStep, tokensPerSecond };
    printJson({ variant, run, ...said, text: text?.added ?? "" });
    return;
  }
  const pace = secondsPerStep === null ? "" : `, ${duration(secondsPerStep)} a step`;
  console.log(`validation: ${scoresText(validation)}${pace}`);
  if (text !== undefined) console.log(`\n${text.whole}`);
}

async function sampleText(
  system: ReturnType<typeof makeSystem>,
  { sample, temperature, prompt }: Options,
  seed: number,
): Promise<{ readonly added: string; readonly whole: string } | undefined> {
  if (sample === 0) return undefined;
  const given = prompt ?? system.prompt;
  if (given === undefined) return undefined;
  const writing = system.writing(given);
  const added = await generateText(writing, { maxTokens: sample, temperature, topP: 0.95, seed });
  return { added, whole: writing.continues ? `${given}${added}` : `${given} -> ${added}` };
}
