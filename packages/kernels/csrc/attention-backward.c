/*
 * Attention, backward (FlashAttention-2, Dao 2023, algorithm 2): weights are recomputed from the saved log-sum-exp, and
 * with delta_i = dOut_i . out_i the score gradient is dS = P * (dP - delta).
 *
 * The lanes of a panel are keys: tiles are S[query][48 keys]. dK and dV of a panel stay in scratch, transposed, and
 * gather all query heads of a group; dQ alone accumulates in memory, one partial sum per chunk of keys, added in order
 * at the end. Chunks depend on the shape only, so the bits don't depend on the thread count.
 */
#include "attention-dropout.h"
#include "attention-mask.h"
#include "attention-relative.h"

static float dot_product(const float *x, const float *y, int length) {
  Vector sum = {0};
  float rest = 0;
  int d = 0;
  for (; d + WIDTH <= length; d += WIDTH) sum += load(x + d) * load(y + d);
  for (; d < length; d++) rest += x[d] * y[d];
  return rest + sum_lanes(sum);
}

/* Unit: 256 queries of one head. delta_i = sum over d of out[i][d] * dOut[i][d], and the same of the offset sums. */
enum { DELTA_QUERIES = 256 };
static void delta_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int blocks = BLOCKS(a->queries, DELTA_QUERIES), E = a->valueDim;
  const size_t first = (size_t)(unit / blocks) * a->queries;
  const int i0 = unit % blocks * DELTA_QUERIES, i1 = MIN(a->queries, i0 + DELTA_QUERIES);
  (void)scratch;
  for (size_t i = first + i0; i < first + i1; i++) {
    a->delta[i] = dot_product(a->out + i * E, a->dOut + i * E, E);
    if (a->dOffsetSums)
      a->delta[i] += dot_product(a->offsetSums + i * a->offsets, a->dOffsetSums + i * a->offsets, a->offsets);
  }
}

/* As mask_by_key of the forward pass, with keys along lanes and queries along rows. */
static void mask_by_query(float *scores, int rows, const KeyBands *bands, const int32_t *position,
                          const int32_t *residue, const float *bias) {
  const Vector hidden = splat(-__builtin_inff());
  for (int j = 0; j < LANES; j += WIDTH) {
    const Integers low = load_integers(bands->low + j), high = load_integers(bands->high + j);
    const Integers same = load_integers(bands->residue + j), any = load_integers(bands->anyResidue + j);
    for (int r = 0; r < rows; r++) {
      const Integers p = splat_integer(position[r]);
      const Integers sees =
          (Integers)(low <= p) & (Integers)(p <= high) & ((Integers)(same == splat_integer(residue[r])) | any);
      float *s = scores + r * LANES + j;
      store(s, choose(sees, bias ? load(s) + load(bias - r + j) : load(s), hidden));
    }
  }
}

/* The query tiles of one key panel. */
static TileRow backward_tiles(const Attention *a, int b, int h, int panel) {
  if (a->tiles.start) return tile_row(&a->tiles, b, h, panel);
  const int64_t from = a->causal ? MAX(0, (int64_t)panel * LANES - a->queryOffset) : 0;
  const int first = (int)MIN(from, a->queries) / TILE, all = BLOCKS(a->queries, TILE);
  return (TileRow){0, 0, first, from >= a->queries ? 0 : all - first};
}

/* The arrays of one unit, all in its scratch. Rows of `dBiasSkew` are zero-padded copies of rows of dS. */
typedef struct {
  float *kT, *vT, *dkT, *dvT, *scores, *dScores, *kScaled, *qCopy, *dOutCopy, *dBiasSkew;
  uint16_t *halves;
  KeyBands bands;
} Panel;
enum { SKEW_ROW = LANES + 2 * WIDTH };

/*
 * dBias at offset j - i gains dS: sums along the diagonals of the tile. Reading shifted rows avoids a read-modify-write
 * per row.
 */
static void add_diagonals(const Panel *p, int rows, float *dBias) {
  for (int i = 0; i < rows; i++)
    __builtin_memcpy(p->dBiasSkew + i * SKEW_ROW + WIDTH, p->dScores + i * LANES, sizeof(float) * LANES);
  for (int t = -(rows - 1); t < LANES; t += WIDTH) {
    Vector sum = {0};
    for (int i = MAX(0, -t - WIDTH + 1); i < MIN(rows, LANES - t); i++)
      sum += load(p->dBiasSkew + i * SKEW_ROW + WIDTH + i + t);
    store(dBias + t, load(dBias + t) + sum);
  }
}

/* What a tile needs of its queries. */
typedef struct {
  float logSumExp[TILE], delta[TILE];
  int32_t position[TILE], residue[TILE];
} TileQueries;

static void read_queries(const Attention *a, TileQueries *t, size_t at, int i0, int count, int padded, int dilation) {
  for (int i = 0; i < padded; i++) {
    const float natural = i < count ? a->logSumExp[at + i] : -__builtin_inff();
    /* A query that sees no key: a huge log-sum-exp makes its weights 0 without NaN. */
    t->logSumExp[i] = natural == -__builtin_inff() ? 1e30f : natural * LOG2E;
    t->delta[i] = i < count ? a->delta[at + i] : 0;
    t->position[i] = i0 + i + a->queryOffset;
    t->residue[i] = residue_of(t->position[i], dilation);
  }
}

/* Scores become weights, and products with dOut the gradients of scores. */
static void weigh(Panel *p, const TileQueries *t, int rows) {
  for (int i = 0; i < rows; i++)
    UNROLLED (j, PANEL_VECTORS) {
      float *s = p->scores + i * LANES + j * WIDTH, *g = p->dScores + i * LANES + j * WIDTH;
      const Vector weight = exp2_negative(load(s) - t->logSumExp[i]);
      store(s, weight);
      store(g, weight * (load(g) - t->delta[i]));
    }
}

/* The same where weights are dropped: only kept ones reach dV and hear of dOut. */
static void weigh_and_drop(const Attention *a, Panel *p, const TileQueries *t, int rows, size_t at, int j0) {
  draw_tile(a, rows, at, j0, p->halves);
  for (int i = 0; i < rows; i++)
    UNROLLED (j, PANEL_VECTORS) {
      float *s = p->scores + i * LANES + j * WIDTH, *g = p->dScores + i * LANES + j * WIDTH;
      const Vector weight = exp2_negative(load(s) - t->logSumExp[i]);
      const Vector kept =
          choose(kept_lanes(a, p->halves + i * LANES + j * WIDTH), splat(a->keptScale), (Vector){0});
      store(s, weight * kept);
      store(g, weight * (load(g) * kept - t->delta[i]));
    }
}

/* Adds what scores and gradients of weights have by offset; `at` is the number of the tile's first query. */
static void add_offsets(const Attention *a, Panel *p, const TileQueries *t, int count, size_t at, int j0) {
  for (int i = 0; i < count; i++) {
    const size_t table = (at + i) * a->offsets;
    const int64_t distance = (int64_t)j0 - t->position[i];
    add_by_offset(a, p->scores + i * LANES, a->offsetScores + table, distance, LOG2E);
    if (a->dOffsetSums) add_by_offset(a, p->dScores + i * LANES, a->dOffsetSums + table, distance, 1);
  }
}

/* Adds the gradients of a tile's scores to the tables of its queries, the first of which is `table`. */
static void sum_offsets(const Attention *a, const Panel *p, const TileQueries *t, int count, int j0, float *table) {
  float sums[TILE];
  sum_rows(p->dScores, count, sums);
  for (int i = 0; i < count; i++)
    sum_by_offset(a, p->dScores + i * LANES, sums[i], (int64_t)j0 - t->position[i], table + (size_t)i * a->offsets);
}

/*
 * One query tile of head h against the key panel at j0: adds to dkT, dvT and the partial sums of dq and dBias. `masked`
 * asks for the bands; a tile's `bits` replace them but for padding.
 */
static uint64_t backward_tile(const Attention *a, Panel *p, int b, int h, int chunk, int j0, int lanes, int i0,
                              int masked, const uint32_t *bits) {
  const int D = a->headDim, E = a->valueDim, paddedD = ROUND_UP(D, REGISTER_ROWS), paddedE = ROUND_UP(E, REGISTER_ROWS);
  int count = MIN(TILE, a->queries - i0);
  if (masked || bits) {
    const RowRange seeing =
        bits ? rows_with_bits(bits, count) : seeing_queries(&p->bands, i0 + a->queryOffset, count);
    if (seeing.count == 0) return 0;
    if (bits) bits += seeing.first * MASK_WORDS;
    i0 += seeing.first;
    count = seeing.count;
  }
  const int padded = ROUND_UP(count, REGISTER_ROWS);
  const size_t bh = (size_t)b * a->heads + h, part = (size_t)chunk * a->batch * a->heads + bh,
               at = bh * a->queries + i0;
  size_t qRow = D, dOutRow = E;
  const float *q = padded_tile(a->q + at * D, &qRow, count, padded, D, paddedD, p->qCopy);
  const float *dOut = padded_tile(a->dOut + at * E, &dOutRow, count, padded, E, paddedE, p->dOutCopy);
  TileQueries t;
  read_queries(a, &t, at, i0, count, padded, dilation_of(a, h));
  rows_set(padded, LANES, q, qRow, p->kT, LANES, D, p->scores, LANES);
  rows_set(padded, LANES, dOut, dOutRow, p->vT, LANES, E, p->dScores, LANES);
  if (a->offsets) add_offsets(a, p, &t, count, at, j0);
  if (masked || a->bias)
    mask_by_query(p->scores, padded, &p->bands, t.position, t.residue,
                  a->bias ? a->paddedBias + (size_t)h * a->biasRow + BIAS_SLACK + j0 - i0 + a->queries - 1 : 0);
  if (bits) hide_by_bits(p->scores, padded, bits);
  if (a->threshold)
    weigh_and_drop(a, p, &t, padded, at, j0);
  else
    weigh(p, &t, padded);
  columns_add(paddedE, LANES, dOut, dOutRow, p->scores, LANES, padded, p->dvT, LANES);
  columns_add(paddedD, LANES, q, qRow, p->dScores, LANES, padded, p->dkT, LANES);
  rows_add(padded, a->dqRow, p->dScores, LANES, p->kScaled, a->dqRow, LANES,
           a->dqParts + (part * a->paddedQueries + i0) * a->dqRow, a->dqRow);
  if (a->dBias) add_diagonals(p, padded, a->dBiasParts + part * a->biasRow + BIAS_SLACK + j0 - i0 + a->queries - 1);
  if (a->offsets) sum_offsets(a, p, &t, count, j0, a->dOffsetParts + (part * a->queries + i0) * a->offsets);
  return (uint64_t)count * lanes * (3 * D + 2 * E);
}

/* Unit: one chunk of the keys of one key head. */
static void gradient_unit(const void *context, int unit, float *scratch) {
  const Attention *a = context;
  const int D = a->headDim, E = a->valueDim, paddedD = ROUND_UP(D, REGISTER_ROWS), paddedE = ROUND_UP(E, REGISTER_ROWS);
  const int keyHeads = a->batch * a->keyValueHeads, chunk = unit / keyHeads, b = unit % keyHeads / a->keyValueHeads;
  const int kh = unit % a->keyValueHeads, group = a->heads / a->keyValueHeads;
  const int chunkKeys = ROUND_UP(BLOCKS(a->keys, a->chunks), LANES), end = MIN(a->keys, (chunk + 1) * chunkKeys);
  Panel p = {.kT = take(&scratch, (size_t)D * LANES),
             .vT = take(&scratch, (size_t)E * LANES),
             .dkT = take(&scratch, (size_t)paddedD * LANES),
             .dvT = take(&scratch, (size_t)paddedE * LANES),
             .scores = take(&scratch, TILE * LANES),
             .dScores = take(&scratch, TILE * LANES),
             .kScaled = take(&scratch, (size_t)LANES * a->dqRow),
             .qCopy = take(&scratch, (size_t)TILE * paddedD),
             .dOutCopy = take(&scratch, (size_t)TILE * paddedE),
             .dBiasSkew = take(&scratch, (TILE + 1) * SKEW_ROW),
             .halves = (uint16_t *)take(&scratch, TILE * LANES / 2)};
  float one[LANES], scale[LANES];
  uint64_t tiles = 0, work = 0;
  for (int i = 0; i < LANES; i++) {
    one[i] = 1;
    scale[i] = a->scale;
  }
  for (int h = kh * group; h < (kh + 1) * group; h++) {
    const size_t part = ((size_t)chunk * a->batch + b) * a->heads + h;
    __builtin_memset(a->dqParts + part * a->paddedQueries * a->dqRow, 0, sizeof(float) * a->paddedQueries * a->dqRow);
    if (a->dBias) __builtin_memset(a->dBiasParts + part * a->biasRow, 0, sizeof(float) * a->biasRow);
    const size_t table = (size_t)a->queries * a->offsets;
    if (table) __builtin_memset(a->dOffsetParts + part * table, 0, sizeof(float) * table);
  }
  if (a->dBias) __builtin_memset(p.dBiasSkew, 0, sizeof(float) * (TILE + 1) * SKEW_ROW);

  for (int j0 = chunk * chunkKeys; j0 < end; j0 += LANES) {
    const int lanes = MIN(LANES, a->keys - j0);
    const size_t at = ((size_t)b * a->keyValueHeads + kh) * a->keys + j0;
    pack_transposed(a->k + at * D, D, lanes, D, D, a->scale * LOG2E, p.kT, LANES);
    pack_transposed(a->v + at * E, E, lanes, E, E, 1, p.vT, LANES);
    for (int j = 0; j < LANES; j++)
      for (int d = 0; d < a->dqRow; d++)
        p.kScaled[j * a->dqRow + d] = j < lanes && d < D ? a->k[(at + j) * D + d] * a->scale : 0;
    __builtin_memset(p.dkT, 0, sizeof(float) * paddedD * LANES);
    __builtin_memset(p.dvT, 0, sizeof(float) * paddedE * LANES);
    for (int h = kh * group; h < (kh + 1) * group; h++) {
      const TileRow row = backward_tiles(a, b, h, j0 / LANES);
      const int hidden = key_bands(a, b, h, j0, lanes, LANES, &p.bands) || lanes < LANES;
      for (int t = 0; t < row.count; t++) {
        const int i0 = tile_number(&row, t) * TILE;
        const int partial = row.tile ? row.partial[t] : crosses_edge(a, i0, j0 + lanes - 1);
        const uint32_t *bits = tile_bits(&row, t);
        work += backward_tile(a, &p, b, h, chunk, j0, lanes, i0, hidden || (partial && !bits), bits);
      }
      tiles += row.count;
    }
    /* dkT was summed against unscaled queries: the scale belongs to it once. */
    unpack_transposed(p.dkT, lanes, D, scale, a->dk + at * D, D);
    unpack_transposed(p.dvT, lanes, E, one, a->dv + at * E, E);
  }
  count_work(tiles, work);
}
