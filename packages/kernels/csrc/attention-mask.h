/*
 * Which pairs of a partial tile are visible: by arithmetic on positions (causal, window, global keys, padding), or by
 * the bits that a list holds for the tile.
 */
#pragma once
#include "attention.h"

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
 * REGISTER_ROWS so that padded rows stay inside the tile, and of the keys that one random counter serves.
 */
enum { CUT_ROWS = 8 };
static RowRange cut_rows(int first, int end) {
  const int aligned = first / CUT_ROWS * CUT_ROWS;
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

/* Bits of one tile: row r has MASK_WORDS words, in which bit i says whether lane i and the row see each other. */
enum { MASK_WORDS = BLOCKS(LANES, 32) };

static const uint32_t *tile_bits(const TileRow *row, int t) {
  if (!row->mask || row->mask[t] < 0) return 0;
  return row->masks + (size_t)row->mask[t] * TILE * MASK_WORDS;
}

/* The rows that some lane sees. */
static RowRange rows_with_bits(const uint32_t *bits, int count) {
  int first = 0, end = count;
  while (first < end && !(bits[first * MASK_WORDS] | bits[first * MASK_WORDS + 1])) first++;
  while (end > first && !(bits[end * MASK_WORDS - 1] | bits[end * MASK_WORDS - 2])) end--;
  return cut_rows(first, end);
}

/* Sets the scores of hidden pairs to -infinity. */
static void hide_by_bits(float *scores, int rows, const uint32_t *bits) {
  const Vector hidden = splat(-__builtin_inff());
  int32_t laneBits[WIDTH];
  for (int i = 0; i < WIDTH; i++) laneBits[i] = (int32_t)(1u << i);
  const Integers lane = load_integers(laneBits);
  for (int r = 0; r < rows; r++)
    UNROLLED (j, PANEL_VECTORS) {
      const uint32_t word = bits[r * MASK_WORDS + j * WIDTH / 32] >> (j * WIDTH % 32);
      float *s = scores + r * LANES + j * WIDTH;
      store(s, choose((Integers)((splat_integer((int32_t)word) & lane) == lane), load(s), hidden));
    }
}
