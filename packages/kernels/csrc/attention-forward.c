/*
 * Attention, forward: out = softmax(scale q k^T + bias, over visible keys) v, in one pass over the key tiles with a
 * running maximum and sum (Milakov & Gimelshein 2018; FlashAttention, Dao et al. 2022, algorithm 1).
 *
 * The lanes of a panel are queries: the score tile is S[key][48 queries]. Maximum, sum, exponential and rescaling are
 * then element-wise, with no operation across lanes, K and V are read in place by scalars, and only the query panel is
 * transposed.
 */
#include "attention.h"

/* Sets hidden scores to -infinity and adds the bias. Query positions and residues vary along lanes, keys along rows. */
static void mask_by_key(float *scores, int rows, const KeyBands *bands, const int32_t *position, const int32_t *residue,
                        const float *bias) {
  const Vector hidden = splat(-__builtin_inff());
  for (int r = 0; r < rows; r++) {
    const Integers low = splat_integer(bands->low[r]), high = splat_integer(bands->high[r]);
    const Integers same = splat_integer(bands->residue[r]), any = splat_integer(bands->anyResidue[r]);
    for (int j = 0; j < LANES; j += WIDTH) {
      const Integers p = load_integers(position + j);
      const Integers sees =
          (Integers)(low <= p) & (Integers)(p <= high) & ((Integers)(same == load_integers(residue + j)) | any);
      float *s = scores + r * LANES + j;
      store(s, choose(sees, bias ? load(s) + load(bias - r + j) : load(s), hidden));
    }
  }
}

/* One step of the online softmax: scores become weights; `rescale` is what earlier sums must be multiplied by. */
static void softmax_step(float *scores, int rows, Vector *maximumSoFar, Vector *sum, Vector *rescale) {
  for (int g = 0; g < PANEL_VECTORS; g += REGISTER_VECTORS) {
    Vector top[REGISTER_VECTORS];
    UNROLLED (j, REGISTER_VECTORS) top[j] = maximumSoFar[g + j];
    for (int r = 0; r < rows; r++)
      UNROLLED (j, REGISTER_VECTORS) top[j] = maximum(top[j], load(scores + r * LANES + (g + j) * WIDTH));
    UNROLLED (j, REGISTER_VECTORS) {
      rescale[g + j] = exp2_negative(maximumSoFar[g + j] - top[j]);
      maximumSoFar[g + j] = top[j];
    }
    Vector total[REGISTER_VECTORS];
    UNROLLED (j, REGISTER_VECTORS) total[j] = sum[g + j] * rescale[g + j];
    for (int r = 0; r < rows; r++)
      UNROLLED (j, REGISTER_VECTORS) {
        float *s = scores + r * LANES + (g + j) * WIDTH;
        const Vector weight = exp2_negative(load(s) - top[j]);
        total[j] += weight;
        store(s, weight);
      }
    UNROLLED (j, REGISTER_VECTORS) sum[g + j] = total[j];
  }
}

/* The key tiles of one query panel. */
static TileRow forward_tiles(const Attention *a, int b, int h, int panel) {
  if (a->tiles.start) return tile_row(&a->tiles, b, h, panel);
  const int64_t end = a->causal ? (int64_t)MIN(a->queries, (panel + 1) * LANES) + a->queryOffset : a->keys;
  return (TileRow){0, 0, 0, BLOCKS((int)MAX(0, MIN(end, a->keys)), TILE)};
}

/* Unit: one panel of LANES queries of one head. */
static void attention_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int panels = BLOCKS(a->queries, LANES), group = a->heads / a->keyValueHeads;
  const int bh = unit / panels, b = bh / a->heads, h = bh % a->heads;
  /* With a causal mask the last panels are the longest: begin with them, so that threads end together. */
  const int panel = a->causal ? panels - 1 - unit % panels : unit % panels, i0 = panel * LANES;
  const int lanes = MIN(LANES, a->queries - i0), D = a->headDim, E = a->valueDim, paddedE = ROUND_UP(E, REGISTER_ROWS);
  const size_t keyHead = (size_t)b * a->keyValueHeads + h / group;
  const float *q = a->q + ((size_t)bh * a->queries + i0) * D, *k = a->k + keyHead * a->keys * D,
              *v = a->v + keyHead * a->keys * E;

  float *qT = take(&scratch, (size_t)D * LANES), *outT = take(&scratch, (size_t)paddedE * LANES);
  float *scores = take(&scratch, TILE * LANES), *kCopy = take(&scratch, (size_t)TILE * D),
        *vCopy = take(&scratch, (size_t)TILE * paddedE);
  Vector top[PANEL_VECTORS], sum[PANEL_VECTORS], rescale[PANEL_VECTORS];
  int32_t position[LANES], residue[LANES];
  KeyBands bands;
  for (int j = 0; j < PANEL_VECTORS; j++) {
    top[j] = splat(-1e30f);
    sum[j] = (Vector){0};
  }
  for (int i = 0; i < LANES; i++) {
    position[i] = i0 + i + a->queryOffset;
    residue[i] = residue_of(position[i], dilation_of(a, h));
  }
  pack_transposed(q, D, lanes, D, D, a->scale * LOG2E, qT, LANES);

  const TileRow row = forward_tiles(a, b, h, panel);
  uint64_t pairs = 0;
  int started = 0;
  for (int t = 0; t < row.count; t++) {
    int j0 = tile_number(&row, t) * TILE, count = MIN(TILE, a->keys - j0);
    const int partial = row.tile ? row.partial[t] : crosses_edge(a, i0, j0 + count - 1);
    if (partial) {
      key_bands(a, b, h, j0, count, count, &bands);
      const RowRange seen = seen_keys(&bands, count, position[0], position[lanes - 1]);
      if (seen.count == 0) continue;
      j0 += seen.first;
      count = seen.count;
    }
    const int padded = ROUND_UP(count, REGISTER_ROWS);
    size_t kRow = D, vRow = E;
    const float *kTile = padded_tile(k + (size_t)j0 * D, &kRow, count, padded, D, D, kCopy);
    const float *vTile = padded_tile(v + (size_t)j0 * E, &vRow, count, padded, E, paddedE, vCopy);
    rows_set(padded, LANES, kTile, kRow, qT, LANES, D, scores, LANES);
    if (partial || padded > count || a->bias || a->keyPadding) {
      const int hidden = key_bands(a, b, h, j0, count, padded, &bands);
      if (partial || padded > count || a->bias || hidden)
        mask_by_key(scores, padded, &bands, position, residue,
                    a->bias ? a->paddedBias + (size_t)h * a->biasRow + BIAS_SLACK + i0 + a->keys - 1 - j0 : 0);
    }
    softmax_step(scores, padded, top, sum, rescale);
    if (started)
      columns_scale(paddedE, LANES, vTile, vRow, scores, LANES, padded, outT, LANES, rescale);
    else
      columns_set(paddedE, LANES, vTile, vRow, scores, LANES, padded, outT, LANES);
    started = 1;
    pairs += (uint64_t)count * lanes;
  }
  if (!started) __builtin_memset(outT, 0, sizeof(float) * paddedE * LANES);

  float inverse[LANES];
  for (int i = 0; i < LANES; i++) {
    const float s = sum[i / WIDTH][i % WIDTH];
    /* No visible key: the sum is 0 and the output is 0. A NaN passes on. */
    inverse[i] = s == 0 ? 0 : 1 / s;
    if (i < lanes)
      a->logSumExp[(size_t)bh * a->queries + i0 + i] = s == 0   ? -__builtin_inff()
                                                       : s == s ? (top[i / WIDTH][i % WIDTH] + log2_scalar(s)) * LN2
                                                                : s;
  }
  unpack_transposed(outT, lanes, E, inverse, a->out + ((size_t)bh * a->queries + i0) * E, E);
  count_work(row.count, pairs * (D + E));
}

static void bias_forward_unit(const void *context, int unit, float *scratch) {
  (void)scratch;
  pad_bias(context, unit, 1);
}

static int attention_forward(const Arguments *arguments) {
  Attention a = read_attention(arguments);
  int outcome = OK;
  if (a.bias) {
    a.paddedBias = workspace(SPACE_A, a.heads * a.biasRow);
    if (!a.paddedBias) return OUT_OF_MEMORY;
    outcome = parallel(bias_forward_unit, &a, a.heads, 0, (double)a.heads * a.biasRow);
    if (outcome) return outcome;
  }
  const size_t paddedE = ROUND_UP(a.valueDim, REGISTER_ROWS);
  const size_t scratch = (a.headDim + paddedE) * (LANES + TILE) + TILE * LANES + 5 * 16;
  return parallel(attention_unit, &a, a.batch * a.heads * BLOCKS(a.queries, LANES), scratch, attention_work(&a));
}
