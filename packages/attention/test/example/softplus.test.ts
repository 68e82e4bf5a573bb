import { setBackend } from "@tensorflow/tfjs-core";
import { featureOracle, testAttention } from "@attention-lab/attention/testkit";
import { expect, test } from "vitest";
import { softplus } from "./softplus.ts";

test("softplus passes the testkit", async () => {
  await setBackend("cpu");
  const epsilon = 1e-6;
  const findings = await testAttention(softplus({ epsilon }), {
    oracle: (call) =>
      featureOracle(call, {
        map: (rows) => rows.map((row) => row.map((x) => Math.log1p(Math.exp(call.site.scale * x)))),
        epsilon,
      }),
  });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
});
