import { setTimeout as sleep } from "node:timers/promises";
import type { Launcher, StudyWork } from "./launcher.ts";
import { places, type Place, type PlaceOptions } from "./places.ts";

const idleMilliseconds = 250;

/** A pool of processes on this machine: each place takes the next trial when it is free. */
export function localLauncher(options: PlaceOptions = {}): Launcher {
  return {
    name: "local",
    async launch(work) {
      await Promise.all(places(options).map((place) => keepBusy(place, work)));
    },
  };
}

async function keepBusy(place: Place, work: StudyWork): Promise<void> {
  while (!work.stopping.aborted && !work.finished()) {
    const trial = work.take();
    // What is left is at work elsewhere, or waits for a promotion.
    if (trial === undefined) await sleep(idleMilliseconds, undefined, { signal: work.stopping }).catch(() => {});
    else await work.attempt(trial, place);
  }
}
