/*
 * Attention, forward: out = softmax(scale q k^T + bias, over visible keys) v, in one pass over the key tiles with a
 * running maximum and sum (Milakov & Gimelshein 2018; FlashAttention, Dao et al. 2022, algorithm 1).
 *
 * The lanes of a panel are queries: the score tile is S[key][48 queries]. Maximum, sum, exponential and rescaling are
 * then element-wise, with no operation across lanes, K and V are read in place by scalars, and only the query panel is
 * transposed. Calls of few queries have a form of their own (attention-few-queries.c).
 */
#include "attention-dropout.h"
#include "attention-mask.h"
#include "attention-relative.h"

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

/* The natural logarithm of a sum of weights relative to `top`; -infinity for no visible key. A NaN passes on. */
static float log_sum(float top, float sum) {
  return sum == 0 ? -__builtin_inff() : sum == sum ? (top + log2_scalar(sum)) * LN2 : sum;
}

#include "attention-few-queries.c"

/* What one unit holds while it walks over the key tiles of LANES queries of one head. Arrays lie in its scratch. */
typedef struct {
  int b, h, i0, lanes, started;
  /* Number of the first query among all rows [B,H,N]. */
  size_t row;
  const float *k, *v;
  float *qT, *outT, *scores, *kCopy, *vCopy;
  Vector top[PANEL_VECTORS], sum[PANEL_VECTORS], rescale[PANEL_VECTORS];
  int32_t position[LANES], residue[LANES];
  KeyBands bands;
  NearKeys near;
} QueryPanel;

/* Everything between raw products and the softmax. `bits` decide alone, but for the padding that lists don't know. */
static void finish_scores(const Attention *a, QueryPanel *p, int j0, int count, int padded, int partial,
                          const uint32_t *bits) {
  if (a->offsets) add_gains(&p->near, p->scores, padded, j0);
  const int edges = !bits && (partial || padded > count);
  if (edges || a->bias || a->keyPadding) {
    const int hidden = key_bands(a, p->b, p->h, j0, count, padded, &p->bands);
    const float *bias =
        a->bias ? a->paddedBias + (size_t)p->h * a->biasRow + BIAS_SLACK + p->i0 + a->keys - 1 - j0 : 0;
    if (edges || bias || hidden) mask_by_key(p->scores, padded, &p->bands, p->position, p->residue, bias);
  }
  if (bits) hide_by_bits(p->scores, padded, bits);
  if (a->offsetSums) note_scores(&p->near, p->scores, padded, j0);
}

/* One key tile; returns the pairs that it computed. */
static uint64_t forward_tile(const Attention *a, QueryPanel *p, int j0, int partial, const uint32_t *bits) {
  const int D = a->headDim, E = a->valueDim, paddedE = ROUND_UP(E, REGISTER_ROWS);
  int count = MIN(TILE, a->keys - j0);
  if (partial) {
    if (!bits) key_bands(a, p->b, p->h, j0, count, count, &p->bands);
    const RowRange seen = bits ? rows_with_bits(bits, count)
                               : seen_keys(&p->bands, count, p->position[0], p->position[p->lanes - 1]);
    if (seen.count == 0) return 0;
    if (bits) bits += seen.first * MASK_WORDS;
    j0 += seen.first;
    count = seen.count;
  }
  const int padded = ROUND_UP(count, REGISTER_ROWS);
  size_t kRow = D, vRow = E;
  const float *kTile = padded_tile(p->k + (size_t)j0 * D, &kRow, count, padded, D, D, p->kCopy);
  const float *vTile = padded_tile(p->v + (size_t)j0 * E, &vRow, count, padded, E, paddedE, p->vCopy);
  rows_set(padded, LANES, kTile, kRow, p->qT, LANES, D, p->scores, LANES);
  finish_scores(a, p, j0, count, padded, partial, bits);
  softmax_step(p->scores, padded, p->top, p->sum, p->rescale);
  if (a->threshold) drop_by_key(a, p->scores, padded, p->row, j0);
  if (a->offsetSums) note_weights(&p->near, p->scores, padded, j0, p->rescale);
  if (p->started)
    columns_scale(paddedE, LANES, vTile, vRow, p->scores, LANES, padded, p->outT, LANES, p->rescale);
  else
    columns_set(paddedE, LANES, vTile, vRow, p->scores, LANES, padded, p->outT, LANES);
  p->started = 1;
  return (uint64_t)count * p->lanes;
}

/* Divides by the sums and writes the rows of the panel. */
static void finish_panel(const Attention *a, QueryPanel *p) {
  const int E = a->valueDim;
  float inverse[LANES];
  if (!p->started) __builtin_memset(p->outT, 0, sizeof(float) * ROUND_UP(E, REGISTER_ROWS) * LANES);
  for (int i = 0; i < LANES; i++) {
    const float s = p->sum[i / WIDTH][i % WIDTH];
    /* No visible key: the sum is 0 and the output is 0. A NaN passes on. */
    inverse[i] = s == 0 ? 0 : a->keptScale / s;
    if (i < p->lanes) a->logSumExp[p->row + i] = log_sum(p->top[i / WIDTH][i % WIDTH], s);
  }
  unpack_transposed(p->outT, p->lanes, E, inverse, a->out + p->row * E, E);
  if (a->offsetSums) store_offset_sums(a, &p->near, p->row, p->position[0], p->lanes, p->top, inverse);
}

/* Unit: one panel of LANES queries of one head. */
static void attention_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int panels = BLOCKS(a->queries, LANES), group = a->heads / a->keyValueHeads;
  const int bh = unit / panels, b = bh / a->heads, h = bh % a->heads;
  /* With a causal mask the last panels are the longest: begin with them, so that threads end together. */
  const int panel = a->causal ? panels - 1 - unit % panels : unit % panels, i0 = panel * LANES;
  const int D = a->headDim, E = a->valueDim, paddedE = ROUND_UP(E, REGISTER_ROWS);
  const size_t keyHead = (size_t)b * a->keyValueHeads + h / group, near = most_near_keys(a) * LANES;
  QueryPanel p = {.b = b,
                  .h = h,
                  .i0 = i0,
                  .lanes = MIN(LANES, a->queries - i0),
                  .row = (size_t)bh * a->queries + i0,
                  .k = a->k + keyHead * a->keys * D,
                  .v = a->v + keyHead * a->keys * E,
                  .qT = take(&scratch, (size_t)D * LANES),
                  .outT = take(&scratch, (size_t)paddedE * LANES),
                  .scores = take(&scratch, TILE * LANES),
                  .kCopy = take(&scratch, (size_t)TILE * D),
                  .vCopy = take(&scratch, (size_t)TILE * paddedE)};
  for (int j = 0; j < PANEL_VECTORS; j++) p.top[j] = splat(-1e30f);
  for (int i = 0; i < LANES; i++) {
    p.position[i] = i0 + i + a->queryOffset;
    p.residue[i] = residue_of(p.position[i], dilation_of(a, h));
  }
  pack_transposed(a->q + p.row * D, D, p.lanes, D, D, a->scale * LOG2E, p.qT, LANES);
  if (a->offsets) {
    p.near.gain = take(&scratch, near);
    p.near.scores = take(&scratch, a->offsetSums ? near : 0);
    find_near_keys(a, &p.near, p.row, p.position[0], p.lanes);
  }

  const TileRow row = forward_tiles(a, b, h, panel);
  uint64_t pairs = 0;
  for (int t = 0; t < row.count; t++) {
    const int j0 = tile_number(&row, t) * TILE;
    const int partial = row.tile ? row.partial[t] : crosses_edge(a, i0, MIN(j0 + TILE, a->keys) - 1);
    pairs += forward_tile(a, &p, j0, partial, tile_bits(&row, t));
  }
  finish_panel(a, &p);
  count_work(row.count, pairs * (D + E));
}

static void bias_forward_unit(const void *context, int unit, float *scratch) {
  (void)scratch;
  pad_bias(context, unit, 1);
}

static int attention_forward(const Arguments *arguments) {
  Attention a = read_attention(arguments);
  if (has_few_queries(&a)) return few_queries(&a);
  int outcome = OK;
  if (a.bias) {
    a.paddedBias = workspace(SPACE_A, a.heads * a.biasRow);
    if (!a.paddedBias) return OUT_OF_MEMORY;
    outcome = parallel(bias_forward_unit, &a, a.heads, 0, (double)a.heads * a.biasRow);
    if (outcome) return outcome;
  }
  const size_t paddedE = ROUND_UP(a.valueDim, REGISTER_ROWS);
  const size_t near = most_near_keys(&a) * LANES * (a.offsetSums ? 2 : 1);
  const size_t scratch = (a.headDim + paddedE) * (LANES + TILE) + TILE * LANES + near + 7 * 16;
  return parallel(attention_unit, &a, a.batch * a.heads * BLOCKS(a.queries, LANES), scratch, attention_work(&a));
}
