/*
 * Linear attention over feature maps (Katharopoulos et al. 2020, eqs. 8-12; Performer, Choromanski et al. 2021,
 * section 2.2):
 *
 *   out_i = (S_i^T qf_i) / (qf_i . z_i + epsilon),   S_i = sum_j kf_j (x) v_j,   z_i = sum_j kf_j
 *
 * over all j, or over j <= i when causal. The sequence is cut into segments (a function of the shape): first every
 * segment's own sums, then, in order, the sums before each segment, then every segment walks its chunks of LANES
 * positions: what lies before the chunk comes from the running state, what lies inside it from a small triangle of
 * scores. Nothing is O(N M), and the prefix sums over single positions never exist in memory.
 */
#include "block.h"
#include "host.h"

typedef struct {
  int batch, heads, keyValueHeads, queries, keys, features, valueDim, causal;
  float epsilon;
  const float *qf, *kf, *v;
  float *out, *denominator;
  const float *dOut;
  float *dqf, *dkf, *dv;
  /* A state is S^T [paddedE][featureRow], then z [featureRow]: one per (segment, head). */
  int segments, segmentLength, paddedE, featureRow;
  size_t stateSize;
  float *keyStates, *queryStates;
  /* Gradient: dOut / denominator [B*H][N][E], and minus its product with out [B*H][N]. */
  float *dNumerator, *dDenominator;
} FeatureAttention;

static FeatureAttention read_feature_attention(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  void *const *p = arguments->arrays;
  FeatureAttention a = {.batch = s[0],
                        .heads = s[1],
                        .keyValueHeads = s[2],
                        .queries = s[3],
                        .keys = s[4],
                        .features = s[5],
                        .valueDim = s[6],
                        .causal = s[7],
                        .epsilon = (float)arguments->numbers[0],
                        .qf = p[0],
                        .kf = p[1],
                        .v = p[2],
                        .out = p[3],
                        .denominator = p[4],
                        .dOut = p[5],
                        .dqf = p[6],
                        .dkf = p[7],
                        .dv = p[8]};
  const int longest = MAX(a.queries, a.keys);
  /* Enough units for eight threads, but no segment below 8 chunks, for the work of the first pass is extra when causal.
   */
  a.segments = MAX(1, MIN(BLOCKS(8, a.batch * a.keyValueHeads), longest / (8 * LANES)));
  a.segmentLength = ROUND_UP(BLOCKS(longest, a.segments), LANES);
  a.paddedE = ROUND_UP(a.valueDim, REGISTER_ROWS);
  a.featureRow = ROUND_UP(a.features, WIDTH);
  a.stateSize = (size_t)(a.paddedE + 1) * a.featureRow;
  return a;
}
static double feature_work(const FeatureAttention *a) {
  return (double)a->batch * a->features * a->valueDim *
         ((double)a->heads * a->queries + (double)a->keyValueHeads * a->keys);
}

/*
 * S^T += left^T right and z += weight^T right over `count` positions: left [count][E] gives rows, right [count][F]
 * lanes. With (v, kf) that is the state of keys; with (dNumerator, qf, dDenominator) the state of queries in the
 * gradient.
 */
static void add_to_state(const FeatureAttention *a, const float *left, const float *right, const float *weight,
                         int count, float *state, float *leftCopy, float *rightCopy) {
  for (int first = 0; first < count; first += LANES) {
    const int n = MIN(LANES, count - first), F = a->featureRow;
    size_t leftRow = a->valueDim, rightRow = a->features;
    const float *x = padded_tile(left + (size_t)first * a->valueDim, &leftRow, n, n, a->valueDim, a->paddedE, leftCopy);
    const float *y = padded_tile(right + (size_t)first * a->features, &rightRow, n, n, a->features, F, rightCopy);
    columns_add(a->paddedE, F, x, leftRow, y, rightRow, n, state, F);
    float *z = state + (size_t)a->paddedE * F;
    for (int f = 0; f < F; f += WIDTH) {
      Vector sum = load(z + f);
      for (int i = 0; i < n; i++) sum += load(y + i * rightRow + f) * (weight ? weight[first + i] : 1.f);
      store(z + f, sum);
    }
  }
}

/* The positions of a segment, of a sequence of `length`. */
static int segment_start(const FeatureAttention *a, int segment, int length) {
  return MIN(length, segment * a->segmentLength);
}

/* Unit: (segment, key head): the segment's own sums over keys. When causal, nobody needs the last segment's. */
static void key_sums_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int keyHeads = a->batch * a->keyValueHeads, segment = unit / keyHeads, head = unit % keyHeads;
  const int from = segment_start(a, segment, a->keys);
  const int to = a->causal && segment == a->segments - 1 ? from : segment_start(a, segment + 1, a->keys);
  float *vCopy = take(&scratch, (size_t)LANES * a->paddedE), *kCopy = take(&scratch, (size_t)LANES * a->featureRow);
  float *state = a->keyStates + unit * a->stateSize;
  __builtin_memset(state, 0, sizeof(float) * a->stateSize);
  const size_t at = (size_t)head * a->keys + from;
  add_to_state(a, a->v + at * a->valueDim, a->kf + at * a->features, 0, to - from, state, vCopy, kCopy);
  count_work(0, (uint64_t)(to - from) * a->features * a->valueDim);
}

/*
 * What a state's segments become: everything (not causal), all before (keys of a causal call) or all after (queries of
 * its gradient).
 */
enum Direction { TOTAL, BEFORE, AFTER };
static void combine_states(const FeatureAttention *a, float *states, int head, enum Direction direction) {
  const size_t stride = (size_t)a->batch * a->keyValueHeads * a->stateSize;
  const int last = a->segments - 1;
  float *first = states + head * a->stateSize;
  for (size_t x = 0; x < a->stateSize; x++) {
    float sum = 0;
    for (int s = 0; s <= last; s++) {
      float *p = first + (direction == AFTER ? last - s : s) * stride + x;
      const float own = *p;
      if (direction != TOTAL) *p = sum;
      sum += own;
    }
    if (direction == TOTAL) first[x] = sum;
  }
}
static void combine_keys_unit(const void *context, int head, float *scratch) {
  const FeatureAttention *a = context;
  (void)scratch;
  combine_states(a, a->keyStates, head, a->causal ? BEFORE : TOTAL);
}

/* Scores of a chunk, [positions of A][LANES positions of B], are kept where A's position <= B's (or >=). The rest
 * becomes 0. */
static void keep_triangle(float *scores, int rows, int rowsBefore) {
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < LANES; j++)
      if (rowsBefore ? r > j : r < j) scores[r * LANES + j] = 0;
}

/* One chunk of queries: lanes are queries. `state` holds the sums before the chunk. */
static void forward_chunk(const FeatureAttention *a, size_t queryHead, size_t keyHead, int i0, int count,
                          const float *state, float *scratch) {
  const int F = a->features, E = a->valueDim, row = a->featureRow, keys = MAX(0, MIN(LANES, a->keys - i0));
  float *qT = take(&scratch, (size_t)F * LANES), *outT = take(&scratch, (size_t)a->paddedE * LANES);
  float *scores = take(&scratch, LANES * LANES), *kCopy = take(&scratch, (size_t)LANES * F),
        *vCopy = take(&scratch, (size_t)LANES * a->paddedE);
  const size_t at = queryHead * a->queries + i0, keyAt = keyHead * a->keys + i0;
  const float *z = state + (size_t)a->paddedE * row;
  Vector sum[PANEL_VECTORS];
  pack_transposed(a->qf + at * F, F, count, F, F, 1, qT, LANES);
  rows_set(a->paddedE, LANES, state, row, qT, LANES, F, outT, LANES);
  for (int j = 0; j < PANEL_VECTORS; j++) {
    sum[j] = (Vector){0};
    for (int f = 0; f < F; f++) sum[j] += z[f] * load(qT + f * LANES + j * WIDTH);
  }
  uint64_t work = (uint64_t)count * F * E;
  if (a->causal && keys) {
    const int padded = ROUND_UP(keys, REGISTER_ROWS);
    size_t kRow = F, vRow = E;
    const float *k = padded_tile(a->kf + keyAt * F, &kRow, keys, padded, F, F, kCopy);
    const float *v = padded_tile(a->v + keyAt * E, &vRow, keys, padded, E, a->paddedE, vCopy);
    rows_set(padded, LANES, k, kRow, qT, LANES, F, scores, LANES);
    keep_triangle(scores, padded, 1);
    for (int r = 0; r < padded; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) sum[j] += load(scores + r * LANES + j * WIDTH);
    columns_add(a->paddedE, LANES, v, vRow, scores, LANES, padded, outT, LANES);
    work += (uint64_t)count * keys * (F + E);
  }
  float inverse[LANES];
  for (int i = 0; i < count; i++) {
    const float d = sum[i / WIDTH][i % WIDTH] + a->epsilon;
    a->denominator[at + i] = d;
    inverse[i] = d == 0 ? 0 : 1 / d;
  }
  for (int i = count; i < LANES; i++) inverse[i] = 0;
  unpack_transposed(outT, count, E, inverse, a->out + at * E, E);
  count_work(0, work);
}
static size_t forward_chunk_scratch(const FeatureAttention *a) {
  return (size_t)2 * LANES * a->features + 2 * LANES * a->paddedE + LANES * LANES + 5 * 16;
}

/* Unit: (segment, key head): its queries, of every query head of the group. */
static void feature_forward_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int keyHeads = a->batch * a->keyValueHeads, segment = unit / keyHeads, head = unit % keyHeads;
  const int group = a->heads / a->keyValueHeads, to = segment_start(a, segment + 1, a->queries);
  float *state = take(&scratch, a->stateSize), *vCopy = take(&scratch, (size_t)LANES * a->paddedE);
  float *kCopy = take(&scratch, (size_t)LANES * a->featureRow);
  const float *before = a->keyStates + (a->causal ? unit : head) * a->stateSize;
  if (a->causal) __builtin_memcpy(state, before, sizeof(float) * a->stateSize);
  for (int i0 = segment_start(a, segment, a->queries); i0 < to; i0 += LANES) {
    for (int g = 0; g < group; g++)
      forward_chunk(a, (size_t)head * group + g, head, i0, MIN(LANES, to - i0), a->causal ? state : before, scratch);
    const int keys = MIN(LANES, a->keys - i0);
    if (a->causal && keys > 0 && i0 + LANES < to) {
      const size_t at = (size_t)head * a->keys + i0;
      add_to_state(a, a->v + at * a->valueDim, a->kf + at * a->features, 0, keys, state, vCopy, kCopy);
      count_work(0, (uint64_t)keys * a->features * a->valueDim);
    }
  }
}
static size_t state_scratch(const FeatureAttention *a) {
  return a->stateSize + (size_t)LANES * (a->paddedE + a->featureRow) + 3 * 16;
}

/* keyStates: the sums before each segment (causal), or the totals in the first. */
static int make_key_states(FeatureAttention *a) {
  const int keyHeads = a->batch * a->keyValueHeads, units = a->segments * keyHeads;
  a->keyStates = workspace(SPACE_A, units * a->stateSize);
  if (!a->keyStates) return OUT_OF_MEMORY;
  const int outcome = parallel(key_sums_unit, a, units, state_scratch(a), feature_work(a) / 2);
  return outcome ? outcome : parallel(combine_keys_unit, a, keyHeads, 0, (double)units * a->stateSize);
}

static int feature_attention(const Arguments *arguments) {
  FeatureAttention a = read_feature_attention(arguments);
  const int outcome = make_key_states(&a);
  if (outcome) return outcome;
  return parallel(feature_forward_unit, &a, a.segments * a.batch * a.keyValueHeads,
                  state_scratch(&a) + forward_chunk_scratch(&a), feature_work(&a));
}
