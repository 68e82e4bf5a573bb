/*
 * What the row kernels share: a call of `rows` x `columns`, cut into units of `perUnit` rows, and loops over the
 * vectors of a row whose last one may be short.
 */
#pragma once
#include "host.h"
#include "vector-math.h"

/* Up to five inputs and three outputs; every kernel says which is which. `parts` holds one partial result per unit. */
typedef struct {
  const float *x[5];
  float *y[3];
  const int32_t *indices;
  float *parts;
  size_t rows, columns, tableRows, perUnit;
  int units;
  float number;
} Rows;

/* Runs `body` for each vector of n numbers; inside, `at` is its offset and `part` its number of lanes in use. */
#define EACH_VECTOR(n, body)                 \
  do {                                       \
    size_t at = 0;                           \
    for (; at + WIDTH <= (n); at += WIDTH) { \
      const size_t part = WIDTH;             \
      (void)part;                            \
      body                                   \
    }                                        \
    if (at < (n)) {                          \
      const size_t part = (n)-at;            \
      body                                   \
    }                                        \
  } while (0)
#define GET(p) (part == WIDTH ? load((p) + at) : load_part((p) + at, part))
#define PUT(p, value)                  \
  do {                                 \
    const Vector put = (value);        \
    if (part == WIDTH)                 \
      store((p) + at, put);            \
    else                               \
      store_part((p) + at, put, part); \
  } while (0)

/* The lanes in use of a short vector, the others replaced. */
INLINE Vector keep_lanes(Vector x, size_t part, float other) {
  for (size_t i = part; i < WIDTH; i++) x[i] = other;
  return x;
}

/* Elements that one unit handles; a call below that stays on one thread. */
enum { UNIT_ELEMENTS = 16384 };

static size_t first_row(const Rows *a, int unit) { return MIN(a->rows, unit * a->perUnit); }
static size_t end_row(const Rows *a, int unit) { return MIN(a->rows, (unit + 1) * a->perUnit); }

static int run_rows(Unit *unit, Rows *a) {
  a->perUnit = MAX(1, UNIT_ELEMENTS / MAX(1, a->columns));
  a->units = (int)BLOCKS(a->rows, a->perUnit);
  /* An element costs about as much as eight multiply-adds: memory, not arithmetic, is the limit. */
  return parallel(unit, a, a->units, 0, 8.0 * a->rows * a->columns);
}

/* As run_rows, for kernels with a partial result of `partColumns` numbers per unit: at most 64 units. */
static int plan_parts(Rows *a, size_t partColumns) {
  a->perUnit = MAX(BLOCKS(a->rows, 64), MAX(1, UNIT_ELEMENTS / MAX(1, a->columns)));
  a->units = (int)BLOCKS(a->rows, a->perUnit);
  a->parts = workspace(SPACE_A, MAX(1, a->units * partColumns));
  return a->parts ? OK : OUT_OF_MEMORY;
}
