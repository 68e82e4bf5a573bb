import { expect, test } from "vitest";
import { noSmallDisk, smallDisk } from "../../../results/test/small-disk.ts";
import { BesiegedStudy } from "./besieged-study.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { faultPlan } from "./fault-plan.ts";
import { folderPath } from "./folder-path.ts";
import { begin, runToy } from "./toy-study.ts";
import { none, tallyOf } from "./tally.ts";

const full = process.env["CI_FULL"] === "1";
/** Which trials are hit depends on the machine's mood; what is done to them is the same for a seed. */
const seed = Number(process.env["CHAOS_SEED"] ?? 1);
const { trials, kills, milliseconds } = full
  ? { trials: 120, kills: 60, milliseconds: 250 }
  : { trials: 40, kills: 12, milliseconds: 100 };

test(
  `${kills} kills and other faults (seed ${seed}): no result lost, doubled or wrong`,
  { timeout: 1_800_000 },
  async () => {
    const disk = noSmallDisk === undefined ? smallDisk(65_536) : undefined;
    const dir = disk === undefined ? folderPath() : `${disk.path}/résults`;
    const plan = chaosPlan(trials, milliseconds);
    const folder = begin(plan, dir);
    const study = new BesiegedStudy(folder, disk, { trials, milliseconds });
    for (const step of faultPlan(seed, kills)) await study.befall(step);
    await study.calm();
    await runToy(plan, dir);
    study.lookAtResults();
    const tally = tallyOf(folder);
    console.log(
      `chaos, seed ${seed}: ${JSON.stringify(study.counts)}${noSmallDisk === undefined ? "" : ` (${noSmallDisk})`}; ${JSON.stringify(tally)}`,
    );
    expect(study.strange).toEqual([]);
    expect(tally).toMatchObject({ ...none, trials });
    // The kills hit trials at work.
    expect(study.kills).toBeGreaterThanOrEqual((2 / 3) * kills);
    expect(tally.attempts).toBeGreaterThan(trials);
  },
);
