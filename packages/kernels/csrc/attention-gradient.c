/*
 * The attention gradient as a whole: delta, the key panels, then the partial sums of dQ and of the bias in order.
 */
#include "attention.h"

/* Unit: 256 queries of one head: dq = the sum of its partial sums. */
static void reduce_dq_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int blocks = BLOCKS(a->queries, DELTA_QUERIES), D = a->headDim;
  const size_t bh = unit / blocks, stride = (size_t)a->batch * a->heads * a->paddedQueries * a->dqRow;
  const int i0 = unit % blocks * DELTA_QUERIES, i1 = MIN(a->queries, i0 + DELTA_QUERIES);
  (void)scratch;
  for (int i = i0; i < i1; i++) {
    const float *part = a->dqParts + (bh * a->paddedQueries + i) * a->dqRow;
    float *dq = a->dq + (bh * a->queries + i) * D;
    for (int d = 0; d < D; d++) {
      float sum = part[d];
      for (int c = 1; c < a->chunks; c++) sum += part[c * stride + d];
      dq[d] = sum;
    }
  }
}

/* Unit: one head: dBias = the sum over chunks and batch entries. */
static void reduce_bias_unit(const void *context, int h, float *scratch) {
  const Attention *a = context;
  const int n = a->queries + a->keys - 1;
  (void)scratch;
  for (int x = 0; x < n; x++) {
    float sum = 0;
    for (int c = 0; c < a->chunks * a->batch; c++)
      sum += a->dBiasParts[((size_t)c * a->heads + h) * a->biasRow + BIAS_SLACK + x];
    a->dBias[(size_t)h * n + x] = sum;
  }
}

/* Unit: 256 queries of one head: dOffsetScores = the sum over chunks. */
static void reduce_offsets_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int blocks = BLOCKS(a->queries, DELTA_QUERIES);
  const int i0 = unit % blocks * DELTA_QUERIES, i1 = MIN(a->queries, i0 + DELTA_QUERIES);
  const size_t first = (size_t)(unit / blocks) * a->queries;
  const size_t stride = (size_t)a->batch * a->heads * a->queries * a->offsets;
  (void)scratch;
  for (size_t x = (first + i0) * a->offsets; x < (first + i1) * a->offsets; x++) {
    float sum = 0;
    for (int c = 0; c < a->chunks; c++) sum += a->dOffsetParts[c * stride + x];
    a->dOffsetScores[x] = sum;
  }
}

static void bias_backward_unit(const void *context, int unit, float *scratch) {
  (void)scratch;
  pad_bias(context, unit, 0);
}

static int attention_gradient(const Arguments *arguments) {
  Attention a = read_attention(arguments);
  const int headsInAll = a.batch * a.heads, queryBlocks = headsInAll * BLOCKS(a.queries, DELTA_QUERIES);
  const size_t paddedD = ROUND_UP(a.headDim, REGISTER_ROWS), paddedE = ROUND_UP(a.valueDim, REGISTER_ROWS);
  const double copied = (double)headsInAll * a.queries * (a.headDim + a.valueDim);
  int outcome = OK;
  /* Enough units for eight threads, but no chunk below 256 keys. */
  a.chunks = MAX(1, MIN(BLOCKS(8, a.batch * a.keyValueHeads), a.keys / 256));
  a.paddedQueries = ROUND_UP(a.queries, REGISTER_ROWS);
  a.dqRow = ROUND_UP(a.headDim, WIDTH);
  a.delta = workspace(SPACE_B, (size_t)headsInAll * a.queries);
  a.dqParts = workspace(SPACE_C, (size_t)a.chunks * headsInAll * a.paddedQueries * a.dqRow);
  if (!a.delta || !a.dqParts) return OUT_OF_MEMORY;
  if (a.bias) {
    a.paddedBias = workspace(SPACE_A, a.heads * a.biasRow);
    if (!a.paddedBias) return OUT_OF_MEMORY;
    outcome = parallel(bias_backward_unit, &a, a.heads, 0, (double)a.heads * a.biasRow);
    if (outcome) return outcome;
  }
  if (a.dBias) {
    a.dBiasParts = workspace(SPACE_D, (size_t)a.chunks * headsInAll * a.biasRow);
    if (!a.dBiasParts) return OUT_OF_MEMORY;
  }
  const size_t tables = (size_t)a.chunks * headsInAll * a.queries * a.offsets;
  if (tables) {
    a.dOffsetParts = workspace(SPACE_E, tables);
    if (!a.dOffsetParts) return OUT_OF_MEMORY;
  }
  const size_t scratch = (a.headDim + a.valueDim + paddedD + paddedE) * LANES + 2 * TILE * LANES + LANES * a.dqRow +
                         TILE * (paddedD + paddedE) + (TILE + 1) * SKEW_ROW + TILE * LANES / 2 + 11 * 16;
  outcome = parallel(delta_unit, &a, queryBlocks, 0, copied);
  if (!outcome)
    outcome = parallel(gradient_unit, &a, a.chunks * a.batch * a.keyValueHeads, scratch, 2.5 * attention_work(&a));
  if (!outcome) outcome = parallel(reduce_dq_unit, &a, queryBlocks, 0, copied * a.chunks);
  if (!outcome && a.dBias)
    outcome = parallel(reduce_bias_unit, &a, a.heads, 0, (double)a.chunks * headsInAll * a.biasRow);
  if (!outcome && tables) outcome = parallel(reduce_offsets_unit, &a, queryBlocks, 0, (double)tables);
  return outcome;
}
