import { decodeAll, greedy, sample } from "@attention-lab/decoders";
import { Command } from "commander";
import { chosenBackend, describeBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { prepare, smallRun, type LanguageRun } from "../language-run.ts";
import { duration, printJson } from "../output.ts";
import { RunFiles } from "../run-files.ts";
import { amount, languageRun, whole, type TrainWords } from "../train-options.ts";

const checkpointEvery = 50;
const tellEverySeconds = 3;
const validationBatches = 8;

interface Options extends GlobalOptions, TrainWords {
  readonly sample: number;
  readonly temperature: number;
  readonly prompt: string;
  readonly out?: string;
  readonly json?: boolean;
}
type Prepared = ReturnType<typeof prepare>;

/** `attn train`: a small causal language model on a real book, with any variant that can be causal. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a small language model on Moby-Dick, and let it write")
    .option("--variant <name>", "attention variant", "longformer")
    .option("--with <options...>", "options of the variant, KEY=VALUE such as features=128")
    .option("--steps <n>", "training steps", whole("steps", 1), smallRun.steps)
    .option("--length <n>", "bytes of a training window", whole("length", 1), smallRun.length)
    .option("--batch <n>", "windows of a step", whole("batch", 1), smallRun.batchSize)
    .option("--layers <n>", "blocks", whole("layers", 1), smallRun.layers)
    .option("--heads <n>", "attention heads", whole("heads", 1), smallRun.heads)
    .option("--d-model <n>", "width", whole("d-model", 1), smallRun.dModel)
    .option(
      "--learning-rate <x>",
      "highest learning rate",
      amount("learning-rate", { zero: false }),
      smallRun.learningRate,
    )
    .option("--seed <n>", "of parameters, batches and text", whole("seed", 0), smallRun.seed)
    .option("--sample <n>", "bytes to write after training", whole("sample", 0), 300)
    .option("--temperature <x>", "of the text; 0 is greedy", amount("temperature", { zero: true }), 0.7)
    .option("--prompt <text>", "what the text begins with", "The whale ")
    .option("--out <dir>", "keep run, log, checkpoint and text there, and go on from it")
    .option(
      "--json",
      "print {variant, parameters, steps, losses, validation: {loss, bitsPerByte}, secondsPerStep, text}",
    )
    .action(async (_: unknown, command: Command) => {
      await train(command.optsWithGlobals<Options>());
    });
}

async function train(options: Options): Promise<void> {
  const run = languageRun(options);
  const backend = planBackend(await chosenBackend(options));
  const prepared = prepare(run);
  const { model, trainer } = prepared;
  const files = options.out === undefined ? undefined : new RunFiles(options.out, run);
  const checkpoint = files?.checkpoint;
  if (checkpoint !== undefined) trainer.restore(checkpoint);
  const parameters = Object.values(model.parameters()).reduce((sum, { size }) => sum + size, 0);
  console.error(
    `${options.variant}: ${parameters} parameters on ${describeBackend(backend)}, from step ${trainer.step}`,
  );
  const { losses, secondsPerStep } = await trainSteps(prepared, run, files);
  const validation = await trainer.evaluate(validationBatches);
  const text = await write(prepared, options);
  files?.replace("sample.txt", `${options.prompt}${text}\n`);
  if (options.json === true) {
    printJson({ variant: options.variant, parameters, steps: trainer.step, losses, validation, secondsPerStep, text });
    return;
  }
  const pace = secondsPerStep === null ? "" : `, ${duration(secondsPerStep)} a step`;
  console.log(
    `validation: ${validation.loss.toFixed(3)} nats and ${validation.bitsPerByte.toFixed(3)} bits per byte${pace}`,
  );
  if (text !== "") console.log(`\n${options.prompt}${text}`);
}

interface Trained {
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  /** Null when a finished run was continued. */
  readonly secondsPerStep: number | null;
}

async function trainSteps(
  { trainer }: Prepared,
  { steps }: LanguageRun,
  files: RunFiles | undefined,
): Promise<Trained> {
  const [first, begun] = [trainer.step, performance.now()];
  const losses: { step: number; loss: number }[] = [];
  let told = 0;
  while (trainer.step < steps) {
    const { step, loss, learningRate } = await trainer.trainStep();
    losses.push({ step, loss });
    files?.log({ step, loss, learningRate });
    const seconds = (performance.now() - begun) / 1000;
    if (seconds - told >= tellEverySeconds || step === steps || losses.length === 1) {
      told = seconds;
      const left = ((steps - step) * seconds) / (step - first);
      console.error(`step ${step} of ${steps}: loss ${loss.toFixed(3)}, about ${duration(left)} left`);
    }
    if (step % checkpointEvery === 0 || step === steps)
      files?.replace("checkpoint.safetensors", await trainer.checkpoint());
  }
  const seconds = (performance.now() - begun) / 1000;
  return { losses, secondsPerStep: losses.length === 0 ? null : seconds / losses.length };
}

/** The text with which the model goes on after the prompt. */
async function write(
  { model, task }: Prepared,
  { prompt, sample: maxTokens, temperature, seed }: Options,
): Promise<string> {
  const strategy = temperature === 0 ? greedy() : sample({ temperature, topP: 0.95 });
  return task.decode(
    await decodeAll({ model, prompt: task.encode(prompt), maxTokens, strategy, seed, whenFull: "slide" }),
  );
}
