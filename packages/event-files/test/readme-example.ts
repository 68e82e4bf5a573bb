import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventFile } from "@attention-lab/event-files";

const folder = mkdtempSync(join(tmpdir(), "run-"));
const events = new EventFile({ folder });
for (let step = 1; step <= 100; step++) events.scalars(step, { "train/loss": 1 / step, "train/rate": 1e-3 });
events.close();
console.log(`tensorboard --logdir ${folder}`);
