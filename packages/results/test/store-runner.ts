import { setTimeout as sleep } from "node:timers/promises";
import { ResultsFolder } from "@attention-lab/results";
import { experiment, first, sample } from "./store-fixtures.ts";

/** Run as a process of its own: locks the folder, then appends and says so, record after record, until it is killed. */
const [, , dir = ""] = process.argv;
try {
  const folder = await ResultsFolder.open(dir, { create: experiment });
  folder.lock();
  console.log("locked");
  if (folder.records().length === 0) folder.append(first);
  for (let i = folder.records().length; ; i++) {
    folder.append(sample(i, 1));
    console.log(i);
    await sleep(1);
  }
} catch (error) {
  console.log(`refused: ${error instanceof Error ? error.message : String(error)}`);
  await sleep(60_000);
}
