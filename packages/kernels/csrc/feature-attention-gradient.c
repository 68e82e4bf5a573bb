/*
 * Gradient of linear attention, through the denominator too. With dNum_i = dOut_i / den_i and dDen_i = -(dNum_i .
 * out_i):
 *
 *   dqf_i = S_i dNum_i + dDen_i z_i
 *   dkf_j = R_j v_j + r_j,   dv_j = R_j^T kf_j,   R_j = sum_{i sees j} qf_i (x) dNum_i,   r_j = sum_{i sees j} dDen_i
 * qf_i
 *
 * R and r are the same kind of state as S and z, summed over queries from the end (Katharopoulos et al. 2020, appendix
 * C), and over all query heads that share the key head.
 */

/* Unit: 256 queries of one head. */
static void feature_delta_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int blocks = BLOCKS(a->queries, 256), E = a->valueDim, i0 = unit % blocks * 256, i1 = MIN(a->queries, i0 + 256);
  const size_t first = (size_t)(unit / blocks) * a->queries;
  (void)scratch;
  for (size_t i = first + i0; i < first + i1; i++) {
    const float inverse = a->denominator[i] == 0 ? 0 : 1 / a->denominator[i];
    float dot = 0;
    for (int e = 0; e < E; e++) {
      const float g = a->dOut[i * E + e] * inverse;
      a->dNumerator[i * E + e] = g;
      dot += g * a->out[i * E + e];
    }
    a->dDenominator[i] = -dot;
  }
}

/* Unit: (segment, key head): the segment's own sums over the queries of the group. When causal, nobody needs the
 * first's. */
static void query_sums_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int keyHeads = a->batch * a->keyValueHeads, segment = unit / keyHeads, head = unit % keyHeads,
            group = a->heads / a->keyValueHeads;
  const int from = segment_start(a, segment, a->queries);
  const int count = a->causal && segment == 0 ? 0 : segment_start(a, segment + 1, a->queries) - from;
  float *leftCopy = take(&scratch, (size_t)LANES * a->paddedE),
        *rightCopy = take(&scratch, (size_t)LANES * a->featureRow);
  float *state = a->queryStates + unit * a->stateSize;
  __builtin_memset(state, 0, sizeof(float) * a->stateSize);
  for (int g = 0; g < group; g++) {
    const size_t at = ((size_t)head * group + g) * a->queries + from;
    add_to_state(a, a->dNumerator + at * a->valueDim, a->qf + at * a->features, a->dDenominator + at, count, state,
                 leftCopy, rightCopy);
  }
  count_work(0, (uint64_t)group * count * a->features * a->valueDim);
}
static void combine_queries_unit(const void *context, int head, float *scratch) {
  const FeatureAttention *a = context;
  (void)scratch;
  combine_states(a, a->queryStates, head, a->causal ? AFTER : TOTAL);
}

/* The part of one chunk's dS that a triangle keeps: dNum v^T + dDen, [padded queries][LANES keys]. */
static void score_gradient(const FeatureAttention *a, const float *dNum, size_t dNumRow, const float *dDen, int count,
                           int padded, const float *vT, float *scores) {
  rows_set(padded, LANES, dNum, dNumRow, vT, LANES, a->valueDim, scores, LANES);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < LANES; j += WIDTH) store(scores + i * LANES + j, load(scores + i * LANES + j) + dDen[i]);
  keep_triangle(scores, padded, 0);
}

/* dqf of one chunk of queries. `state` holds S^T and z before the chunk. */
static void query_gradient_chunk(const FeatureAttention *a, size_t queryHead, size_t keyHead, int i0, int count,
                                 const float *state, float *scratch) {
  const int F = a->features, E = a->valueDim, row = a->featureRow, padded = ROUND_UP(count, REGISTER_ROWS);
  const int keys = MAX(0, MIN(LANES, a->keys - i0));
  float *dNumCopy = take(&scratch, (size_t)LANES * E), *vT = take(&scratch, (size_t)E * LANES),
        *scores = take(&scratch, LANES * LANES);
  float *kCopy = take(&scratch, (size_t)LANES * row), *result = take(&scratch, (size_t)LANES * row);
  const size_t at = queryHead * a->queries + i0, keyAt = keyHead * a->keys + i0;
  const float *z = state + (size_t)a->paddedE * row;
  size_t dNumRow = E, kRow = F;
  const float *dNum = padded_tile(a->dNumerator + at * E, &dNumRow, count, padded, E, E, dNumCopy);
  for (int i = 0; i < padded; i++)
    for (int f = 0; f < row; f += WIDTH)
      store(result + i * row + f, load(z + f) * (i < count ? a->dDenominator[at + i] : 0));
  rows_add(padded, row, dNum, dNumRow, state, row, E, result, row);
  uint64_t work = (uint64_t)count * F * E;
  if (a->causal && keys) {
    pack_transposed(a->v + keyAt * E, E, keys, E, E, 1, vT, LANES);
    score_gradient(a, dNum, dNumRow, a->dDenominator + at, count, padded, vT, scores);
    const float *k = padded_tile(a->kf + keyAt * F, &kRow, keys, keys, F, row, kCopy);
    rows_add(padded, row, scores, LANES, k, kRow, keys, result, row);
    work += (uint64_t)count * keys * (F + E);
  }
  for (int i = 0; i < count; i++) __builtin_memcpy(a->dqf + (at + i) * F, result + i * row, sizeof(float) * F);
  count_work(0, work);
}

/* Unit: (segment, key head), forwards through its queries. */
static void query_gradient_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int keyHeads = a->batch * a->keyValueHeads, segment = unit / keyHeads, head = unit % keyHeads;
  const int group = a->heads / a->keyValueHeads, to = segment_start(a, segment + 1, a->queries);
  float *state = take(&scratch, a->stateSize), *vCopy = take(&scratch, (size_t)LANES * a->paddedE);
  float *kCopy = take(&scratch, (size_t)LANES * a->featureRow);
  const float *before = a->keyStates + (a->causal ? unit : head) * a->stateSize;
  if (a->causal) __builtin_memcpy(state, before, sizeof(float) * a->stateSize);
  for (int i0 = segment_start(a, segment, a->queries); i0 < to; i0 += LANES) {
    for (int g = 0; g < group; g++)
      query_gradient_chunk(a, (size_t)head * group + g, head, i0, MIN(LANES, to - i0), a->causal ? state : before,
                           scratch);
    const int keys = MIN(LANES, a->keys - i0);
    if (a->causal && keys > 0 && i0 + LANES < to) {
      const size_t at = (size_t)head * a->keys + i0;
      add_to_state(a, a->v + at * a->valueDim, a->kf + at * a->features, 0, keys, state, vCopy, kCopy);
      count_work(0, (uint64_t)keys * a->features * a->valueDim);
    }
  }
}

/* dkf and dv of one chunk of keys. `state` holds R^T and r of the queries after the chunk. */
static void key_gradient_chunk(const FeatureAttention *a, int head, int j0, int count, const float *state,
                               float *scratch) {
  const int F = a->features, E = a->valueDim, row = a->featureRow, padded = ROUND_UP(count, REGISTER_ROWS),
            group = a->heads / a->keyValueHeads;
  float *vCopy = take(&scratch, (size_t)LANES * E), *kT = take(&scratch, (size_t)F * LANES),
        *vT = take(&scratch, (size_t)E * LANES);
  float *dk = take(&scratch, (size_t)LANES * row), *dvT = take(&scratch, (size_t)a->paddedE * LANES),
        *scores = take(&scratch, LANES * LANES);
  float *qCopy = take(&scratch, (size_t)LANES * row), *dNumCopy = take(&scratch, (size_t)LANES * a->paddedE);
  const size_t at = (size_t)head * a->keys + j0;
  const float *r = state + (size_t)a->paddedE * row;
  size_t vRow = E;
  const float *v = padded_tile(a->v + at * E, &vRow, count, padded, E, E, vCopy);
  pack_transposed(a->kf + at * F, F, count, F, F, 1, kT, LANES);
  for (int j = 0; j < padded; j++) __builtin_memcpy(dk + j * row, r, sizeof(float) * row);
  rows_add(padded, row, v, vRow, state, row, E, dk, row);
  rows_set(a->paddedE, LANES, state, row, kT, LANES, F, dvT, LANES);
  uint64_t work = (uint64_t)2 * count * F * E;
  const int queries = MAX(0, MIN(LANES, a->queries - j0)), paddedQ = ROUND_UP(queries, REGISTER_ROWS);
  if (a->causal && queries) {
    pack_transposed(a->v + at * E, E, count, E, E, 1, vT, LANES);
    for (int g = 0; g < group; g++) {
      const size_t queryAt = ((size_t)head * group + g) * a->queries + j0;
      size_t qRow = F, dNumRow = E;
      const float *q = padded_tile(a->qf + queryAt * F, &qRow, queries, paddedQ, F, row, qCopy);
      const float *dNum = padded_tile(a->dNumerator + queryAt * E, &dNumRow, queries, paddedQ, E, a->paddedE, dNumCopy);
      score_gradient(a, dNum, dNumRow, a->dDenominator + queryAt, queries, paddedQ, vT, scores);
      columns_add(padded, row, scores, LANES, q, qRow, paddedQ, dk, row);
      rows_set(paddedQ, LANES, q, qRow, kT, LANES, F, scores, LANES);
      keep_triangle(scores, paddedQ, 0);
      columns_add(a->paddedE, LANES, dNum, dNumRow, scores, LANES, paddedQ, dvT, LANES);
      work += (uint64_t)2 * count * queries * (F + E);
    }
  }
  float one[LANES];
  for (int j = 0; j < LANES; j++) one[j] = 1;
  for (int j = 0; j < count; j++) __builtin_memcpy(a->dkf + (at + j) * F, dk + j * row, sizeof(float) * F);
  unpack_transposed(dvT, count, E, one, a->dv + at * E, E);
  count_work(0, work);
}

/* Unit: (segment, key head), backwards through its keys. */
static void key_gradient_unit(const void *context, int unit, float *scratch) {
  const FeatureAttention *a = context;
  const int keyHeads = a->batch * a->keyValueHeads, segment = unit / keyHeads, head = unit % keyHeads,
            group = a->heads / a->keyValueHeads;
  const int from = segment_start(a, segment, a->keys), to = segment_start(a, segment + 1, a->keys);
  const int queriesEnd = segment_start(a, segment + 1, a->queries);
  float *state = take(&scratch, a->stateSize), *leftCopy = take(&scratch, (size_t)LANES * a->paddedE);
  float *rightCopy = take(&scratch, (size_t)LANES * a->featureRow);
  const float *after = a->queryStates + (a->causal ? unit : head) * a->stateSize;
  if (a->causal) __builtin_memcpy(state, after, sizeof(float) * a->stateSize);
  /* When queries outnumber keys, the queries of this segment behind its last chunk of keys come first. */
  const int chunksEnd = from + ROUND_UP(to - from, LANES);
  for (int i0 = a->causal ? chunksEnd : queriesEnd; i0 < queriesEnd; i0 += LANES)
    for (int g = 0; g < group; g++) {
      const size_t at = ((size_t)head * group + g) * a->queries + i0;
      add_to_state(a, a->dNumerator + at * a->valueDim, a->qf + at * a->features, a->dDenominator + at,
                   MIN(LANES, queriesEnd - i0), state, leftCopy, rightCopy);
    }
  for (int j0 = chunksEnd - LANES; j0 >= from; j0 -= LANES) {
    key_gradient_chunk(a, head, j0, MIN(LANES, to - j0), a->causal ? state : after, scratch);
    const int queries = MIN(LANES, a->queries - j0);
    if (a->causal && queries > 0 && j0 > from)
      for (int g = 0; g < group; g++) {
        const size_t at = ((size_t)head * group + g) * a->queries + j0;
        add_to_state(a, a->dNumerator + at * a->valueDim, a->qf + at * a->features, a->dDenominator + at, queries,
                     state, leftCopy, rightCopy);
        count_work(0, (uint64_t)queries * a->features * a->valueDim);
      }
  }
}

static int feature_attention_gradient(const Arguments *arguments) {
  FeatureAttention a = read_feature_attention(arguments);
  const int keyHeads = a.batch * a.keyValueHeads, units = a.segments * keyHeads, heads = a.batch * a.heads;
  const size_t rows = (size_t)heads * a.queries;
  const double work = feature_work(&a);
  a.queryStates = workspace(SPACE_B, units * a.stateSize);
  a.dNumerator = workspace(SPACE_C, rows * a.valueDim);
  a.dDenominator = workspace(SPACE_D, rows);
  if (!a.queryStates || !a.dNumerator || !a.dDenominator) return OUT_OF_MEMORY;
  const size_t chunk = (size_t)LANES * (3 * a.featureRow + 4 * a.paddedE + LANES) + 8 * 16,
               scratch = state_scratch(&a) + chunk;
  int outcome = make_key_states(&a);
  if (!outcome)
    outcome = parallel(feature_delta_unit, &a, heads * BLOCKS(a.queries, 256), 0, (double)rows * a.valueDim);
  if (!outcome) outcome = parallel(query_sums_unit, &a, units, state_scratch(&a), work / 2);
  if (!outcome) outcome = parallel(combine_queries_unit, &a, keyHeads, 0, (double)units * a.stateSize);
  if (!outcome) outcome = parallel(query_gradient_unit, &a, units, scratch, work);
  if (!outcome) outcome = parallel(key_gradient_unit, &a, units, scratch, work);
  return outcome;
}
