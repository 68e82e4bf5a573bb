/*
 * y[i0][i1][i2][i3][run] = x[sum of i * stride]: transposes, slices, splits and concatenations in one loop nest.
 */
#include "rows.h"

typedef struct {
  const float *x;
  float *y;
  int64_t counts[4], strides[4], targets[4], run, perUnit, rows;
} Permutation;

/* Unit: `perUnit` of the (i0, i1, i2) triples. */
static void permute_unit(const void *context, int unit, float *scratch) {
  const Permutation *p = context;
  const int64_t end = MIN(p->rows, (unit + 1) * p->perUnit);
  (void)scratch;
  for (int64_t row = unit * p->perUnit; row < end; row++) {
    const int64_t i0 = row / (p->counts[1] * p->counts[2]), i1 = row / p->counts[2] % p->counts[1],
                  i2 = row % p->counts[2];
    const float *x = p->x + i0 * p->strides[0] + i1 * p->strides[1] + i2 * p->strides[2];
    float *y = p->y + i0 * p->targets[0] + i1 * p->targets[1] + i2 * p->targets[2];
    if (p->run == 1)
      for (int64_t i = 0; i < p->counts[3]; i++) y[i * p->targets[3]] = x[i * p->strides[3]];
    else
      for (int64_t i = 0; i < p->counts[3]; i++)
        __builtin_memcpy(y + i * p->targets[3], x + i * p->strides[3], p->run * sizeof(float));
  }
}
static int permute(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  Permutation p = {
      .x = (const float *)arguments->arrays[0] + s[12], .y = (float *)arguments->arrays[1] + s[13], .run = s[14]};
  for (int i = 0; i < 4; i++) {
    p.counts[i] = s[i];
    p.strides[i] = s[4 + i];
    p.targets[i] = s[8 + i];
  }
  p.rows = p.counts[0] * p.counts[1] * p.counts[2];
  const int64_t perRow = MAX(1, p.counts[3] * p.run);
  p.perUnit = MAX(1, UNIT_ELEMENTS / perRow);
  return parallel(permute_unit, &p, (int)BLOCKS(p.rows, p.perUnit), 0, 8.0 * p.rows * perRow);
}
