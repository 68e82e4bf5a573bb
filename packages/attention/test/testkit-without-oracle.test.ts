import { add, mean, memory, mul, reshape, setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { type Finding, testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, expect, test } from "vitest";
import { type Fault, textbook, toy } from "./toy.ts";

beforeAll(async () => void (await setBackend("cpu")));

const check = (fault: Fault, only: RegExp): Promise<Finding[]> =>
  testAttention(toy({ noPattern: true, ...fault }), { oracle: "none", only });

test("a right variant passes with nothing to hold it against, and no tensor stays", async () => {
  const before = memory().numTensors;
  const findings = await check({}, /./);
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.length).toBeGreaterThan(50);
  expect(findings.filter(({ check: name }) => name.includes("oracle"))).toEqual([]);
  expect(memory().numTensors).toBe(before);
});

const faults: [name: string, fault: Fault, noticed: RegExp, detail: RegExp][] = [
  [
    "mixes batch rows",
    { attend: (call, site) => textbook({ ...call, v: add(call.v, mean(call.v, 0, true)) as Tensor4D }, site) },
    /^outputs, not causal, length 7$/,
    /^first row beside another second row: got .* want/,
  ],
  [
    "gives another shape",
    { attend: (call, site) => reshape(textbook(call, site), [2, 1, -1, site.valueDim]) },
    /^outputs, not causal, length 7$/,
    /shape must be \[2,2,7,3\], got \[2,1,14,3\]/,
  ],
  [
    "gives not-a-number",
    { attend: (call, site) => mul(textbook(call, site), Number.NaN) as Tensor4D },
    /^outputs, not causal, length 7$/,
    /element 0 is NaN/,
  ],
  [
    "claims a score bias and ignores it",
    { attend: (call, { bias: _bias, ...site }) => textbook(call, site) },
    /^score bias, not causal$/,
    /moved by 0.0e\+0/,
  ],
  [
    "leaks the future",
    { attend: (call, site) => textbook(call, { ...site, causal: false }) },
    /^no future leak, changes scaled 1x$/,
    /output 0 moved by .* when position 1 changed/,
  ],
];

test.each(faults)("without an oracle, a variant that %s is noticed", async (_name, fault, noticed, detail) => {
  const [finding, ...others] = await check(fault, noticed);
  expect(others).toEqual([]);
  expect(finding?.ok).toBe(false);
  expect(finding?.detail).toMatch(detail);
});
