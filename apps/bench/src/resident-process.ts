// Run by resident.ts: resident-process.ts ENGINE CASE prints the peak resident bytes of this process.
import { useBackend } from "@attention-lab/backends";
import { mostResidentBytes } from "@attention-lab/sweep";
import type { DecoderCase } from "./contestant.ts";
import { makeDecoder } from "./our-decoder.ts";

const [engine = "", text = ""] = process.argv.slice(2);
const of = JSON.parse(text) as DecoderCase;
await useBackend(engine);
const decoder = makeDecoder(of);
for (let i = 0; i < of.warmups + of.repeats; i++) await decoder.run();
console.log(mostResidentBytes());
