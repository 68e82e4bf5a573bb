/*
 * Dropout of weights inside the tiles. Whether a weight is kept is a pure function of its row and key: half word
 * key % 8 (low half first) of philox([key / 8, row, counter...], key), with row = (b H + h) N + n. So the backward pass
 * makes the same mask again, in its own order, and so does any composition.
 */
#pragma once
#include "attention.h"
#include "philox.h"

/* Keys whose half words come from one counter. */
enum { COUNTER_KEYS = 8 };

/* The numbers of WIDTH rows from `row`. */
INLINE Words row_numbers(size_t row) {
  Words rows;
  for (int i = 0; i < WIDTH; i++) rows[i] = (uint32_t)row + i;
  return rows;
}

INLINE void draw(const Attention *a, int block, Words rows, Words words[4]) {
  const Words zero = {0};
  words[0] = zero + (uint32_t)block;
  words[1] = rows;
  words[2] = zero + a->dropCounter[0];
  words[3] = zero + a->dropCounter[1];
  philox(words, a->dropKey[0], a->dropKey[1]);
}

/*
 * Forward: lanes are the queries from row number `row` on, rows of the tile the keys from j0 on, a multiple of
 * COUNTER_KEYS. Dropped weights become 0; so may rows up to the next such multiple, which the tile has but nobody
 * reads.
 */
static void drop_by_key(const Attention *a, float *weights, int rows, size_t row, int j0) {
  for (int r = 0; r < rows; r += COUNTER_KEYS)
    for (int j = 0; j < LANES; j += WIDTH) {
      Words words[4];
      draw(a, (j0 + r) / COUNTER_KEYS, row_numbers(row + j), words);
      UNROLLED (w, 4) {
        float *even = weights + (r + 2 * w) * LANES + j, *odd = even + LANES;
        store(even, choose((Integers)((words[w] & 0xffff) >= a->threshold), load(even), (Vector){0}));
        store(odd, choose((Integers)((words[w] >> 16) >= a->threshold), load(odd), (Vector){0}));
      }
    }
}

typedef uint16_t Halves __attribute__((vector_size(WIDTH * 2)));

/*
 * Backward: random half words [query][key] of a whole tile; lanes are the LANES keys from j0 on. A counter's four words
 * lie next to each other in memory, so four vectors of words are interleaved.
 */
static void draw_tile(const Attention *a, int rows, size_t row, int j0, uint16_t *halves) {
  for (int r = 0; r < rows; r += WIDTH)
    UNROLLED (block, LANES / COUNTER_KEYS) {
      Words w[4], even[2], odd[2], all[4];
      draw(a, j0 / COUNTER_KEYS + block, row_numbers(row + r), w);
      even[0] = __builtin_shufflevector(w[0], w[2], LOW_HALVES);
      even[1] = __builtin_shufflevector(w[0], w[2], HIGH_HALVES);
      odd[0] = __builtin_shufflevector(w[1], w[3], LOW_HALVES);
      odd[1] = __builtin_shufflevector(w[1], w[3], HIGH_HALVES);
      UNROLLED (i, 2) {
        all[2 * i] = __builtin_shufflevector(even[i], odd[i], LOW_HALVES);
        all[2 * i + 1] = __builtin_shufflevector(even[i], odd[i], HIGH_HALVES);
      }
      UNROLLED (i, WIDTH)
        __builtin_memcpy(halves + (r + i) * LANES + block * COUNTER_KEYS, (uint32_t *)all + 4 * i, 16);
    }
}

/* All ones where the weights of WIDTH keys are kept. */
INLINE Integers kept_lanes(const Attention *a, const uint16_t *halves) {
  Halves h;
  __builtin_memcpy(&h, halves, sizeof h);
  return (Integers)(__builtin_convertvector(h, Words) >= a->threshold);
}
