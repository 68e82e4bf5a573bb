import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { modelFromConfig } from "@attention-lab/catalog";
import { loadWeights, pretrainedLayout } from "@attention-lab/models";
import { canonicalJson, onDisk, writeAtomically } from "@attention-lab/results";
import { sgd, writeCheckpoint } from "@attention-lab/training";
import { Command } from "commander";
import { chosenBackend, type GlobalOptions } from "../global-options.ts";
import { printJson } from "../output.ts";
import { readPublished } from "../published-model.ts";

interface Options extends GlobalOptions {
  readonly config?: string;
  readonly out: string;
  readonly allowMissing?: boolean;
  readonly allowUnused?: boolean;
  readonly json?: boolean;
}

/** `attn import`: a model that others published becomes one of ours. */
export function importCommand(): Command {
  return new Command("import")
    .description("turn a published BERT, GPT-2 or LLaMA (safetensors) into a checkpoint")
    .argument("<file>", "the safetensors file, or the folder with model.safetensors and config.json")
    .option("--config <file>", "the model's config.json (default: the one beside the file)")
    .requiredOption("--out <dir>", "write model.json and checkpoint.safetensors there")
    .option("--allow-missing", "parameters that the file lacks keep random values")
    .option("--allow-unused", "leave out tensors that the model has no place for")
    .option("--json", "print {kind, parameters, missing, unused}")
    .action(async (file: string, _: unknown, command: Command) => {
      await importModel(file, command.optsWithGlobals<Options>());
    });
}

async function importModel(file: string, options: Options): Promise<void> {
  await chosenBackend(options);
  const { tensors, config } = readPublished(file, options.config);
  const { kind, options: sizes, position, weights } = pretrainedLayout(tensors, config);
  const description = { kind, ...sizes, attention: { name: "full" }, position };
  const parameters = modelFromConfig(description).model.parameters();
  const { missing, unused } = loadWeights("import", parameters, weights, tensors, {
    missing: options.allowMissing === true,
    unused: options.allowUnused === true,
  });
  const info = { step: 0, run: canonicalJson(description), progress: {} };
  // An optimiser without a state: the checkpoint holds the parameters alone.
  const checkpoint = await writeCheckpoint(parameters, sgd()(Object.values(parameters)), info);
  onDisk("make", options.out, () => mkdirSync(options.out, { recursive: true }), "import");
  writeAtomically(join(options.out, "model.json"), `${JSON.stringify(description, undefined, 2)}\n`, "import");
  writeAtomically(join(options.out, "checkpoint.safetensors"), checkpoint, "import");
  const count = Object.values(parameters).reduce((sum, { size }) => sum + size, 0);
  if (options.json === true) {
    printJson({ kind, parameters: count, missing, unused });
    return;
  }
  for (const name of missing) console.error(`missing, left random: ${name}`);
  for (const name of unused) console.error(`unused: ${name}`);
  console.log(`${kind}: ${count} parameters in ${Object.keys(parameters).length} tensors, written to ${options.out}`);
}
