/*
 * One attention call, the tiles it computes and the pairs it sees. Included by the forward and the backward pass.
 */
#pragma once
#include "block.h"
#include "host.h"
#include "vector-math.h"

/* Which tiles each row of tiles needs, CSR: see TileList in src/engine.ts. start == NULL: all that `causal` leaves. */
typedef struct {
  const int32_t *start, *tile;
  const uint8_t *partial;
  int rows, batchStride, headStride;
} TileList;

typedef struct {
  int batch, heads, keyValueHeads, queries, keys, headDim, valueDim;
  float scale;
  /* The predicate: causal, window (if windowed) with one dilation per head, keys that every query sees [B,M]. */
  int causal, queryOffset, windowed, before, after;
  const int32_t *dilation;
  const uint8_t *globalKeys;
  TileList tiles, transposedTiles;
  const float *q, *k, *v, *keyPadding, *bias;
  float *out, *logSumExp;
  const float *dOut;
  float *dq, *dk, *dv, *dBias;
  /* Made by the call itself: the bias with slack at both ends, times log2 e ([H][biasRow]). */
  float *paddedBias;
  size_t biasRow;
  /* Backward pass: delta [B*H][N]; partial sums of dq [chunks][B*H][paddedQueries][dqRow] and of dBias
   * [chunks][B*H][biasRow]. */
  float *delta, *dqParts, *dBiasParts;
  int chunks, paddedQueries, dqRow;
} Attention;

/* Readable slack before and after a row of the bias: a tile at the edge reads over it. */
enum { BIAS_SLACK = LANES + TILE };

/* One row of a tile list, or a plain range of tiles. */
typedef struct {
  const int32_t *tile;
  const uint8_t *partial;
  int first, count;
} TileRow;

static TileRow tile_row(const TileList *list, int b, int h, int row) {
  const size_t r = ((size_t)b * list->batchStride + (size_t)h * list->headStride) * list->rows + row;
  const int from = list->start[r];
  return (TileRow){list->tile + from, list->partial + from, 0, list->start[r + 1] - from};
}
static int tile_number(const TileRow *row, int t) { return row->tile ? row->tile[t] : row->first + t; }

/* The remainder that is never negative: queries may lie before key 0. */
static int32_t residue_of(int32_t position, int32_t dilation) { return ((position % dilation) + dilation) % dilation; }
static int32_t clamp_to_int(int64_t x) { return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x; }
static int dilation_of(const Attention *a, int h) { return a->windowed ? a->dilation[h] : 1; }

/*
 * The predicate, seen from each key: a query at position p sees it when low <= p <= high and p has the key's residue
 * modulo the dilation (or `anyResidue`). A hidden key has low > high.
 */
typedef struct {
  int32_t low[TILE], high[TILE], residue[TILE], anyResidue[TILE];
} KeyBands;

/*
 * Fills the bands of keys first .. first + count - 1, and of hidden ones up to `padded`; returns whether any real key
 * is padding.
 */
static int key_bands(const Attention *a, int b, int h, int first, int count, int padded, KeyBands *bands) {
  const int dilation = dilation_of(a, h);
  int hidden = 0;
  for (int j = 0; j < padded; j++) {
    const int key = first + j;
    const int padding = j >= count || (a->keyPadding && a->keyPadding[(size_t)b * a->keys + key] == 0);
    if (padding) {
      hidden |= j < count;
      bands->low[j] = INT32_MAX;
      bands->high[j] = INT32_MIN;
      bands->residue[j] = bands->anyResidue[j] = 0;
      continue;
    }
    const int everywhere = !a->windowed || (a->globalKeys && a->globalKeys[(size_t)b * a->keys + key]);
    bands->low[j] = everywhere ? INT32_MIN : clamp_to_int(key - (int64_t)a->after * dilation);
    bands->high[j] = everywhere ? INT32_MAX : clamp_to_int(key + (int64_t)a->before * dilation);
    if (a->causal) bands->low[j] = MAX(bands->low[j], key);
    bands->residue[j] = key % dilation;
    bands->anyResidue[j] = everywhere ? -1 : 0;
  }
  return hidden;
}

/* Rows of a tile that some lane of the panel may see. */
typedef struct {
  int first, count;
} RowRange;

/*
 * A narrow window leaves whole rows of its edge tiles hidden from every lane: they are cut off, in multiples of
 * REGISTER_ROWS so that padded rows stay inside the tile.
 */
static RowRange cut_rows(int first, int end) {
  const int aligned = first / REGISTER_ROWS * REGISTER_ROWS;
  return (RowRange){aligned, MAX(0, end - aligned)};
}

/* Of the keys in `bands`, those seen from some position of lowest .. highest. */
static RowRange seen_keys(const KeyBands *bands, int count, int lowest, int highest) {
  int first = 0, end = count;
  while (first < end && (bands->high[first] < lowest || bands->low[first] > highest)) first++;
  while (end > first && (bands->high[end - 1] < lowest || bands->low[end - 1] > highest)) end--;
  return cut_rows(first, end);
}

/* Of the queries at positions lowest .. lowest + count - 1, those that see some key in `bands`. */
static RowRange seeing_queries(const KeyBands *bands, int lowest, int count) {
  int32_t low = INT32_MAX, high = INT32_MIN;
  for (int j = 0; j < LANES; j++) {
    low = MIN(low, bands->low[j]);
    high = MAX(high, bands->high[j]);
  }
  if (low > high || low >= lowest + count || high < lowest) return (RowRange){0, 0};
  const int64_t before = (int64_t)low - lowest, last = (int64_t)high - lowest;
  return cut_rows((int)MAX(0, before), (int)MIN(count - 1, last) + 1);
}

/* A tile's partial flag where there is no list: does an edge of the pattern cross it? */
static int crosses_edge(const Attention *a, int firstQuery, int lastKey) {
  return a->windowed || (a->causal && lastKey > firstQuery + a->queryOffset);
}

/* Unit: one head. Copies the bias behind slack, scaled for base-2 exponentials; reversed when lanes are queries. */
static void pad_bias(const Attention *a, int h, int reversed) {
  const int n = a->queries + a->keys - 1;
  const float *bias = a->bias + (size_t)h * n;
  float *row = a->paddedBias + (size_t)h * a->biasRow;
  __builtin_memset(row, 0, sizeof(float) * a->biasRow);
  for (int i = 0; i < n; i++) row[BIAS_SLACK + i] = bias[reversed ? n - 1 - i : i] * LOG2E;
}

/* Copies of one call's arguments in the order that src/calls-attention.ts writes them. */
static Attention read_attention(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  void *const *p = arguments->arrays;
  return (Attention){
      .batch = s[0],
      .heads = s[1],
      .keyValueHeads = s[2],
      .queries = s[3],
      .keys = s[4],
      .headDim = s[5],
      .valueDim = s[6],
      .causal = s[7],
      .queryOffset = s[8],
      .windowed = s[9],
      .before = s[10],
      .after = s[11],
      .scale = (float)arguments->numbers[0],
      .tiles = {p[0], p[1], p[2], s[12], s[13], s[14]},
      .transposedTiles = {p[3], p[4], p[5], s[15], s[16], s[17]},
      .dilation = p[6],
      .globalKeys = p[7],
      .keyPadding = p[8],
      .bias = p[9],
      .q = p[10],
      .k = p[11],
      .v = p[12],
      .out = p[13],
      .logSumExp = p[14],
      .dOut = p[15],
      .dq = p[16],
      .dk = p[17],
      .dv = p[18],
      .dBias = p[19],
      .biasRow = s[3] + s[4] - 1 + 2 * BIAS_SLACK,
  };
}

/* Pairs of queries and keys if nothing were skipped: good enough to decide whether threads are worth waking. */
static double attention_work(const Attention *a) {
  return (double)a->batch * a->heads * a->queries * a->keys * (a->headDim + a->valueDim);
}
