import { at, dot, type Grid, gridOf, keyHead, type OracleCall, rowsOf } from "@attention-lab/attention/testkit";
import { retNetGammas } from "../src/index.ts";

/**
 * Retention in float64 by its definition (Sun et al. 2023, eq. 5, in loops): out_n = scale sum_m gamma^(n-m) (q_n.k_m) v_m over m <= n; over all m,
 * with gamma^|n-m|, where the site is not causal.
 */
export function oracleOf(gammas?: readonly number[]): (call: OracleCall) => Grid {
  return (call) => {
    const { q, k, v, site, keyPadding } = call;
    const [batch = 0, heads = 0, length = 0] = q.shape;
    const width = v.shape[3] ?? 0;
    const out = gridOf([batch, heads, length, width], () => 0);
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < heads; h++) {
        const gamma = (gammas ?? retNetGammas(heads))[h] ?? Number.NaN;
        const kh = keyHead(site, h);
        const [queries, keys, values] = [rowsOf(q, b, h), rowsOf(k, b, kh), rowsOf(v, b, kh)];
        for (let n = 0; n < length; n++) {
          for (let m = 0; m < (site.causal ? n + 1 : length); m++) {
            const real = keyPadding === undefined || at(keyPadding, b, m) === 1;
            if (!real) continue;
            const weight = site.scale * gamma ** Math.abs(n - m) * dot(queries[n], keys[m] as Float64Array);
            for (let d = 0; d < width; d++) {
              const place = ((b * heads + h) * length + n) * width + d;
              out.values[place] = (out.values[place] ?? 0) + weight * (values[m]?.[d] ?? Number.NaN);
            }
          }
        }
      }
    }
    return out;
  };
}
