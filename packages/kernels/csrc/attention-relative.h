/*
 * Scores that depend on the clipped offset between key and query (Shaw et al. 2018): offsetScores[row][r] is added to
 * the score of every key at clipped offset r - clip, and offsetSums[row][r] is the sum of the weights there. Farther
 * than `clip` the offset no longer changes, so only the keys near a panel need more than one number per query.
 */
#pragma once
#include "attention.h"

INLINE int clipped_offset(const Attention *a, int64_t distance) {
  return (int)MIN(MAX(distance, -a->clip), a->clip) + a->clip;
}

/* The keys which some query of a panel of the forward pass sees unclipped, all keys before and after being alike. */
typedef struct {
  /* Key `low + x` has row x of both: what its scores gain, in base 2, and its base-2 scores if sums are wanted. */
  float *gain, *scores;
  int low, count;
  /* Sums of the weights of keys before and after. */
  Vector before[PANEL_VECTORS], after[PANEL_VECTORS];
} NearKeys;

static size_t most_near_keys(const Attention *a) {
  return a->offsets ? (size_t)MIN((int64_t)a->keys, 2 * (int64_t)a->clip + LANES) : 0;
}

/* Spreads the table rows of `lanes` queries from position `position` on over the near keys. */
static void find_near_keys(const Attention *a, NearKeys *near, size_t row, int position, int lanes) {
  const int64_t last = a->keys - 1, low = (int64_t)position - a->clip, high = (int64_t)position + LANES - 1 + a->clip;
  near->low = (int)MIN(MAX(low, 0), last);
  near->count = (int)MIN(MAX(high, near->low), last) - near->low + 1;
  for (int i = 0; i < LANES; i++) {
    const float *table = a->offsetScores + (row + i) * a->offsets;
    for (int x = 0; x < near->count; x++)
      near->gain[(size_t)x * LANES + i] =
          i < lanes ? table[clipped_offset(a, (int64_t)near->low + x - position - i)] * LOG2E : 0;
  }
  UNROLLED (j, PANEL_VECTORS) near->before[j] = near->after[j] = (Vector){0};
  if (a->offsetSums)
    for (size_t x = 0; x < (size_t)near->count * LANES; x += WIDTH) store(near->scores + x, splat(-__builtin_inff()));
}

/* Row of a key in the near keys' arrays, when that is clipped to them. */
INLINE int near_row(const NearKeys *near, int key) { return MIN(MAX(key - near->low, 0), near->count - 1); }

static void add_gains(const NearKeys *near, float *scores, int rows, int j0) {
  for (int r = 0; r < rows; r++) {
    const float *gain = near->gain + (size_t)near_row(near, j0 + r) * LANES;
    UNROLLED (j, PANEL_VECTORS)
      store(scores + r * LANES + j * WIDTH, load(scores + r * LANES + j * WIDTH) + load(gain + j * WIDTH));
  }
}

/* Before the softmax: notes the scores of near keys, since later maxima change what weights they become. */
static void note_scores(NearKeys *near, const float *scores, int rows, int j0) {
  for (int r = 0; r < rows; r++)
    if (near_row(near, j0 + r) == j0 + r - near->low)
      __builtin_memcpy(near->scores + (size_t)(j0 + r - near->low) * LANES, scores + r * LANES, sizeof(float) * LANES);
}

/* After it: adds the weights of far keys, and forgets the scores whose weights were dropped. */
static void note_weights(NearKeys *near, const float *weights, int rows, int j0, const Vector *rescale) {
  UNROLLED (j, PANEL_VECTORS) {
    near->before[j] *= rescale[j];
    near->after[j] *= rescale[j];
  }
  for (int r = 0; r < rows; r++) {
    const int x = j0 + r - near->low;
    UNROLLED (j, PANEL_VECTORS) {
      const Vector weight = load(weights + r * LANES + j * WIDTH);
      if (x < 0)
        near->before[j] += weight;
      else if (x >= near->count)
        near->after[j] += weight;
      else {
        float *score = near->scores + (size_t)x * LANES + j * WIDTH;
        store(score, choose((Integers)(weight == (Vector){0}), splat(-__builtin_inff()), load(score)));
      }
    }
  }
}

/* At the end: the sums of `lanes` queries, whose weights are 2^(score - top) * inverse. */
static void store_offset_sums(const Attention *a, NearKeys *near, size_t row, int position, int lanes,
                              const Vector *top, const float *inverse) {
  for (size_t x = 0; x < (size_t)near->count * LANES; x += WIDTH) {
    const int j = x % LANES;
    store(near->scores + x, exp2_negative(load(near->scores + x) - top[j / WIDTH]) * load(inverse + j));
  }
  for (int i = 0; i < lanes; i++) {
    float *sums = a->offsetSums + (row + i) * a->offsets;
    __builtin_memset(sums, 0, sizeof(float) * a->offsets);
    sums[0] = near->before[i / WIDTH][i % WIDTH] * inverse[i];
    sums[a->offsets - 1] += near->after[i / WIDTH][i % WIDTH] * inverse[i];
    for (int x = 0; x < near->count; x++)
      sums[clipped_offset(a, (int64_t)near->low + x - position - i)] += near->scores[(size_t)x * LANES + i];
  }
}

/*
 * Backward: a row of a tile belongs to one query, and its lanes to keys one after the other, the first of them
 * `distance` away from the query. So a row that lies within the clip is a run of the query's table.
 */
enum Nearness { CONSTANT, RUN, MIXED };
INLINE enum Nearness nearness(const Attention *a, int64_t distance) {
  if (distance + LANES - 1 <= -a->clip || distance >= a->clip) return CONSTANT;
  return distance >= -a->clip && distance + LANES - 1 <= a->clip ? RUN : MIXED;
}

/* row += factor * what the query's table says at the offset of each lane. */
static void add_by_offset(const Attention *a, float *row, const float *table, int64_t distance, float factor) {
  float gathered[LANES];
  const enum Nearness kind = nearness(a, distance);
  const float *values = table + clipped_offset(a, distance);
  if (kind == MIXED) {
    for (int i = 0; i < LANES; i++) gathered[i] = table[clipped_offset(a, distance + i)];
    values = gathered;
  }
  UNROLLED (j, PANEL_VECTORS) {
    const Vector value = kind == CONSTANT ? splat(*values) : load(values + j * WIDTH);
    store(row + j * WIDTH, load(row + j * WIDTH) + value * factor);
  }
}

/* sums[r] = the sum of row r of a tile, for all rows up to a multiple of WIDTH. */
static void sum_rows(const float *tile, int rows, float *sums) {
  float folded[WIDTH * WIDTH], turned[WIDTH * WIDTH];
  for (int r = 0; r < rows; r += WIDTH) {
    for (int i = 0; i < WIDTH; i++) {
      Vector sum = load(tile + (r + i) * LANES);
      for (int j = WIDTH; j < LANES; j += WIDTH) sum += load(tile + (r + i) * LANES + j);
      store(folded + i * WIDTH, sum);
    }
    transpose_square(folded, WIDTH, turned, WIDTH, splat(1));
    Vector total = load(turned);
    for (int i = 1; i < WIDTH; i++) total += load(turned + i * WIDTH);
    store(sums + r, total);
  }
}

/* The reverse of add_by_offset: adds a row of a tile to the query's table of gradients. */
static void sum_by_offset(const Attention *a, const float *row, float rowSum, int64_t distance, float *table) {
  const enum Nearness kind = nearness(a, distance);
  float *target = table + clipped_offset(a, distance);
  if (kind == CONSTANT)
    *target += rowSum;
  else if (kind == RUN)
    UNROLLED (j, PANEL_VECTORS) store(target + j * WIDTH, load(target + j * WIDTH) + load(row + j * WIDTH));
  else
    for (int i = 0; i < LANES; i++) table[clipped_offset(a, distance + i)] += row[i];
}
