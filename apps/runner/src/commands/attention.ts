import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { unknownName } from "@attention-lab/catalog";
import {
  attentionPage,
  type AttentionMap,
  type AttentionPicture,
  attentionSvg,
  onDisk,
  png,
} from "@attention-lab/results";
import { invalid } from "@attention-lab/tensors";
import { Command } from "commander";
import { chosenBackend, type GlobalOptions } from "../global-options.ts";
import { printJson } from "../output.ts";
import { openCheckpoint } from "../training/open-checkpoint.ts";
import { Watch } from "../training/watch.ts";

const longest = 128;
const writers: Readonly<Record<string, (picture: AttentionPicture) => string | Uint8Array>> = {
  ".svg": attentionSvg,
  ".html": attentionPage,
  ".png": (picture) => png(attentionSvg(picture)),
};

interface Options extends GlobalOptions {
  readonly out: string;
  readonly json?: boolean;
}

/** `attn attention`: where every head of a trained model looks while it reads a text. */
export function attentionCommand(): Command {
  return new Command("attention")
    .description("draw the attention weights of a trained model, per layer and head")
    .argument("<checkpoint>", "a checkpoint, or the folder of a training run")
    .argument("<text>", "what the model reads")
    .option("--out <file>", "the picture: .svg, .png, or .html for a page to look into", "attention.svg")
    .option("--json", "print {out, maps: [{place, head, queries, keys, weights}], refused: [sentence]}")
    .action(async (path: string, text: string, _: unknown, command: Command) => {
      await attention(path, text, command.optsWithGlobals<Options>());
    });
}

async function attention(path: string, text: string, options: Options): Promise<void> {
  const write = writers[extname(options.out)];
  if (write === undefined) throw unknownName("--out", "the extension", Object.keys(writers), extname(options.out));
  const checkpoint = openCheckpoint(path);
  await chosenBackend(options);
  const watch = new Watch();
  const maps = await checkpoint.build({ watch }).reading(text);
  check(maps);
  const refused = [...watch.refusals.values()];
  if (maps.length === 0) throw new Error(refused[0] ?? "attention: this model has no attention to show");
  const told = `${checkpoint.file}, step ${checkpoint.step}, task ${checkpoint.run.task.name}`;
  const picture = { maps, caption: [told, ...refused] };
  onDisk("write", options.out, () => writeFileSync(options.out, write(picture)), "attention");
  if (options.json === true) printJson({ out: options.out, maps, refused });
  else console.log([...refused, `wrote ${options.out}: ${maps.length} heads`].join("\n"));
}

function check(maps: readonly AttentionMap[]): void {
  const length = Math.max(0, ...maps.flatMap(({ queries, keys }) => [queries.length, keys.length]));
  if (length > longest) throw invalid("attention", `a text to draw may have at most ${longest} tokens`, length);
}
