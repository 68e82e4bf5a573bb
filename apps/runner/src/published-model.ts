import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StoredTensors } from "@attention-lab/models";
import { onDisk } from "@attention-lab/results/store";
import { invalid, readSafetensors } from "@attention-lab/tensors";

const who = "import";
const indexName = "model.safetensors.index.json";

/** A model as others publish it: tensors by their names there, and what its config.json says. */
export interface PublishedModel {
  readonly tensors: StoredTensors;
  readonly config: unknown;
}

/** Reads a safetensors file, or those of a folder (model.safetensors, or all that its index names), and the config.json beside it unless another is named. */
export function readPublished(path: string, configPath: string | undefined): PublishedModel {
  const file = existsSync(path) && statSync(path).isDirectory() ? weightsIn(path) : path;
  if (!existsSync(file)) throw new RangeError(`${who}: there is no file ${file}`);
  const configFile = configPath ?? join(dirname(file), "config.json");
  if (!existsSync(configFile)) {
    throw new RangeError(`${who}: there is no config ${configFile}: name the model's config.json with --config`);
  }
  const tensors = file.endsWith(indexName) ? readShards(file) : readTensors(file);
  return { tensors, config: readJson(configFile) };
}

function weightsIn(folder: string): string {
  const index = join(folder, indexName);
  return existsSync(index) ? index : join(folder, "model.safetensors");
}

/** Large models come in several files: the index says which tensor is in which. */
function readShards(index: string): StoredTensors {
  const { weight_map: files = {} } = readJson(index) as { readonly weight_map?: Readonly<Record<string, string>> };
  const shards = [...new Set(Object.values(files))].map((name) => readTensors(join(dirname(index), name)));
  return new Map(shards.flatMap((shard) => [...shard]));
}

function readTensors(file: string): StoredTensors {
  const bytes = onDisk("read", file, () => readFileSync(file), who);
  try {
    return readSafetensors(bytes);
  } catch (error) {
    throw new RangeError(`${who}: ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function readJson(file: string): unknown {
  const text = onDisk("read", file, () => readFileSync(file, "utf8"), who);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid(who, `${file} must be JSON`, error instanceof Error ? error.message : error);
  }
}
