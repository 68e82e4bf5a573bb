/*
 * Dropout. The mask is a pure function of key and counter, so the backward pass makes it again instead of storing it.
 */
#include "philox.h"
#include "rows.h"

typedef struct {
  const float *x;
  float *y;
  size_t length;
  uint32_t key[2], counter[2];
  uint32_t threshold;
  float scale;
} Dropout;

/* Unit: UNIT_ELEMENTS elements. Element i takes word i % 4 of block i / 4 and is kept when the word is at least rate *
 * 2^32. */
static void dropout_unit(const void *context, int unit, float *scratch) {
  const Dropout *d = context;
  const size_t end = MIN(d->length, (size_t)(unit + 1) * UNIT_ELEMENTS);
  const Words zero = {0};
  Words lanes;
  (void)scratch;
  for (int i = 0; i < WIDTH; i++) lanes[i] = i;
  for (size_t first = (size_t)unit * UNIT_ELEMENTS; first < end; first += 4 * WIDTH) {
    Words words[4] = {lanes + (uint32_t)(first / 4), zero, zero + d->counter[0], zero + d->counter[1]};
    float factors[4 * WIDTH];
    philox(words, d->key[0], d->key[1]);
    for (int w = 0; w < 4; w++) {
      const Vector kept = choose((Integers)(words[w] >= d->threshold), splat(d->scale), (Vector){0});
      for (int i = 0; i < WIDTH; i++) factors[4 * i + w] = kept[i];
    }
    if (end - first >= 4 * WIDTH)
      UNROLL for (int i = 0; i < 4 * WIDTH; i += WIDTH)
          store(d->y + first + i, load(d->x + first + i) * load(factors + i));
    else
      for (size_t i = 0; first + i < end; i++) d->y[first + i] = d->x[first + i] * factors[i];
  }
}

static int dropout(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  const double rate = arguments->numbers[0];
  const Dropout d = {.x = arguments->arrays[0],
                     .y = arguments->arrays[1],
                     .length = s[0],
                     .key = {s[1], s[2]},
                     .counter = {s[3], s[4]},
                     .threshold = (uint32_t)MIN(__builtin_ceil(rate * 4294967296.0), 4294967295.0),
                     .scale = (float)(1 / (1 - rate))};
  return parallel(dropout_unit, &d, (int)BLOCKS(d.length, UNIT_ELEMENTS), 0, 16.0 * d.length);
}
