/*
 * Attention of few queries, such as a decoding step's: they would leave most lanes of a panel empty. Here lanes are
 * head dimensions: a score is a dot product, all scores of a query lie in scratch, and the softmax has no running sum.
 */
enum { FEW_QUERIES = 8 };

/* Nothing rare: no bits of a list, no scores by offset, no dropout; whole vectors only. */
static int has_few_queries(const Attention *a) {
  const int plain = !a->tiles.mask && !a->offsets && !a->threshold;
  return plain && a->queries <= FEW_QUERIES && a->keys >= WIDTH && (a->headDim | a->valueDim) % WIDTH == 0;
}

/* Does a query of head h at `position` see the key? */
static int sees_key(const Attention *a, int b, int h, int position, int key) {
  const size_t at = (size_t)b * a->keys + key;
  if ((a->causal && key > position) || (a->keyPadding && a->keyPadding[at] == 0)) return 0;
  if (!a->windowed || (a->globalKeys && a->globalKeys[at])) return 1;
  const int64_t distance = (int64_t)key - position, dilation = a->dilation[h];
  return distance >= -a->before * dilation && distance <= a->after * dilation && distance % dilation == 0;
}

/* Scores of WIDTH keys that lie one after the other. */
static Vector dot_keys(const float *q, const float *k, int width) {
  Vector sum[WIDTH] = {0};
  for (int d = 0; d < width; d += WIDTH)
    UNROLLED (r, WIDTH) sum[r] += load(q + d) * load(k + (size_t)r * width + d);
  return sum_each(sum);
}

/* The scores of query i with `count` keys from j0 on, with bias and mask; the rest of the tile is hidden. */
static void score_tile(const Attention *a, int b, int h, int i, int j0, int count, int partial, const float *q,
                       const float *k, float *scores) {
  for (int j = 0; j < count; j += WIDTH) {
    /* The last keys of all come with some of those before them. */
    const int key = MIN(j0 + j, a->keys - WIDTH), before = j0 + j - key;
    float s[WIDTH];
    store(s, dot_keys(q, k + (size_t)key * a->headDim, a->headDim));
    __builtin_memcpy(scores + j, s + before, sizeof(float) * (WIDTH - before));
  }
  const float *bias = a->bias ? a->bias + (size_t)h * (a->queries + a->keys - 1) + (j0 - i + a->queries - 1) : 0;
  for (int j = 0; bias && j < count; j++) scores[j] += bias[j] * LOG2E;
  for (int j = 0; (partial || a->keyPadding) && j < count; j++)
    if (!sees_key(a, b, h, i + a->queryOffset, j0 + j)) scores[j] = -__builtin_inff();
  for (int j = count; j < TILE; j++) scores[j] = -__builtin_inff();
}

/* Scores become weights; returns their sum. */
static float make_weights(float *scores, int n, float *top) {
  Vector most = splat(-1e30f), sum = {0};
  for (int j = 0; j < n; j += WIDTH) most = maximum(most, load(scores + j));
  *top = maximum_lane(most);
  for (int j = 0; j < n; j += WIDTH) {
    const Vector weight = exp2_negative(load(scores + j) - *top);
    sum += weight;
    store(scores + j, weight);
  }
  return sum_lanes(sum);
}

/* out += weights v for `vectors` (a constant) vectors of columns. Two sums each: one alone would wait for itself. */
INLINE void add_columns(const int vectors, const float *weights, int count, const float *v, int width, float *out) {
  Vector even[4] = {0}, odd[4] = {0};
  int j = 0;
  for (; j + 2 <= count; j += 2, v += 2 * (size_t)width)
    UNROLLED (i, vectors) {
      even[i] += weights[j] * load(v + i * WIDTH);
      odd[i] += weights[j + 1] * load(v + width + i * WIDTH);
    }
  UNROLLED (i, vectors) {
    if (j < count) even[i] += weights[j] * load(v + i * WIDTH);
    store(out + i * WIDTH, load(out + i * WIDTH) + (even[i] + odd[i]));
  }
}
static void add_values(const float *weights, int count, const float *v, int width, float *out) {
  int e = 0;
  for (; e + 4 * WIDTH <= width; e += 4 * WIDTH) add_columns(4, weights, count, v + e, width, out + e);
  for (; e + 2 * WIDTH <= width; e += 2 * WIDTH) add_columns(2, weights, count, v + e, width, out + e);
  if (e < width) add_columns(1, weights, count, v + e, width, out + e);
}

/* Unit: the queries of one head, one after the other. */
static void few_queries_unit(const void *context, int bh, float *scratch) {
  const Attention *a = context;
  const int b = bh / a->heads, h = bh % a->heads, D = a->headDim, E = a->valueDim;
  const size_t keyHead = (size_t)b * a->keyValueHeads + h / (a->heads / a->keyValueHeads);
  const float *k = a->k + keyHead * a->keys * D, *v = a->v + keyHead * a->keys * E;
  const TileRow row = forward_tiles(a, b, h, 0);
  float *q = take(&scratch, D), *scores = take(&scratch, 0);
  uint64_t pairs = 0;
  for (int i = 0; i < a->queries; i++) {
    const size_t at = (size_t)bh * a->queries + i;
    float *out = a->out + at * E, top;
    for (int d = 0; d < D; d++) q[d] = a->q[at * D + d] * (a->scale * LOG2E);
    for (int t = 0; t < row.count; t++) {
      const int j0 = tile_number(&row, t) * TILE, count = MIN(TILE, a->keys - j0);
      const int partial = row.tile ? row.partial[t] : crosses_edge(a, i, j0 + count - 1);
      score_tile(a, b, h, i, j0, count, partial, q, k, scores + t * TILE);
      pairs += count;
    }
    const float sum = make_weights(scores, row.count * TILE, &top);
    __builtin_memset(out, 0, sizeof(float) * E);
    for (int t = 0; t < row.count; t++) {
      const int j0 = tile_number(&row, t) * TILE;
      add_values(scores + t * TILE, MIN(TILE, a->keys - j0), v + (size_t)j0 * E, E, out);
    }
    for (int e = 0; e < E; e++) out[e] = sum == 0 ? 0 : out[e] / sum;
    a->logSumExp[at] = log_sum(top, sum);
  }
  count_work(row.count, pairs * (D + E));
}

static int few_queries(const Attention *a) {
  const size_t scratch = ROUND_UP(a->headDim, 16) + (size_t)ROUND_UP(a->keys, TILE);
  return parallel(few_queries_unit, a, a->batch * a->heads, scratch, attention_work(a));
}
