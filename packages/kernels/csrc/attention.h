/*
 * One attention call, the tiles it computes and the pairs it sees. Included by the forward and the backward pass.
 */
#pragma once
#include "block.h"
#include "host.h"
#include "vector-math.h"

/*
 * Which tiles each row of tiles needs, CSR: see TileList in src/engine.ts. start == NULL: all that `causal` leaves.
 * mask == NULL: no tile has bits of its own.
 */
typedef struct {
  const int32_t *start, *tile;
  const uint8_t *partial;
  const int32_t *mask;
  const uint32_t *masks;
  int rows, batchStride, headStride;
} TileList;

typedef struct {
  int batch, heads, keyValueHeads, queries, keys, headDim, valueDim;
  float scale;
  /* The predicate: causal, window (if windowed) with one dilation per head, keys that every query sees [B,M]. */
  int causal, queryOffset, windowed, before, after;
  const int32_t *dilation;
  const uint8_t *globalKeys;
  /* Rows are query panels in the forward pass, key panels in the backward pass. */
  TileList tiles;
  const float *q, *k, *v, *keyPadding, *bias;
  float *out, *logSumExp;
  const float *dOut;
  float *dq, *dk, *dv, *dBias;
  /* Scores by clipped offset [B,H,N,offsets], if offsets > 0, and the sums of weights by clipped offset, if wanted. */
  int clip, offsets;
  const float *offsetScores, *dOffsetSums;
  float *offsetSums, *dOffsetScores;
  /* Dropout of weights: kept when 16 random bits are at least `threshold`, then multiplied by keptScale. 0: none. */
  uint32_t dropKey[2], dropCounter[2], threshold;
  float keptScale;
  /* Made by the call itself: the bias with slack at both ends, times log2 e ([H][biasRow]). */
  float *paddedBias;
  size_t biasRow;
  /* Backward pass: delta [B*H][N]; partial sums of dq [chunks][B*H][paddedQueries][dqRow], of dBias
   * [chunks][B*H][biasRow] and of dOffsetScores [chunks][B*H][N][offsets]. */
  float *delta, *dqParts, *dBiasParts, *dOffsetParts;
  int chunks, paddedQueries, dqRow;
} Attention;

/* Readable slack before and after a row of the bias: a tile at the edge reads over it. */
enum { BIAS_SLACK = LANES + TILE };

/* One row of a tile list, or a plain range of tiles. */
typedef struct {
  const int32_t *tile;
  const uint8_t *partial;
  int first, count;
  const int32_t *mask;
  const uint32_t *masks;
} TileRow;

static TileRow tile_row(const TileList *list, int b, int h, int row) {
  const size_t r = ((size_t)b * list->batchStride + (size_t)h * list->headStride) * list->rows + row;
  const int from = list->start[r];
  const int32_t *mask = list->mask ? list->mask + from : 0;
  return (TileRow){list->tile + from, list->partial + from, 0, list->start[r + 1] - from, mask, list->masks};
}
static int tile_number(const TileRow *row, int t) { return row->tile ? row->tile[t] : row->first + t; }

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
  /* Rounded once, here as in the composition: the scale undoes exactly what the threshold drops. */
  const uint32_t threshold = (uint32_t)MIN(__builtin_floor(arguments->numbers[1] * 65536 + 0.5), 65535.);
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
      .tiles = {p[0], p[1], p[2], p[3], p[4], s[12], s[13], s[14]},
      .clip = s[15],
      .offsets = p[9] ? 2 * s[15] + 1 : 0,
      .dropKey = {s[16], s[17]},
      .dropCounter = {s[18], s[19]},
      .threshold = threshold,
      .keptScale = 65536.f / (65536 - threshold),
      .dilation = p[5],
      .globalKeys = p[6],
      .keyPadding = p[7],
      .bias = p[8],
      .offsetScores = p[9],
      .q = p[10],
      .k = p[11],
      .v = p[12],
      .out = p[13],
      .logSumExp = p[14],
      .offsetSums = p[15],
      .dOut = p[16],
      .dOffsetSums = p[17],
      .dq = p[18],
      .dk = p[19],
      .dv = p[20],
      .dBias = p[21],
      .dOffsetScores = p[22],
      .biasRow = s[3] + s[4] - 1 + 2 * BIAS_SLACK,
  };
}

/* Pairs of queries and keys if nothing were skipped: good enough to decide whether threads are worth waking. */
static double attention_work(const Attention *a) {
  return (double)a->batch * a->heads * a->queries * a->keys * (a->headDim + a->valueDim);
}
