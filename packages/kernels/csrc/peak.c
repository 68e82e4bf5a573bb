/*
 * The machine's peak in multiply-adds: chains of them in the registers
 * that the micro-kernel keeps its sums in.
 */
#include "block.h"
#include "host.h"

typedef struct {
  const float *numbers;
  float *sums;
  int rounds;
} Peak;

/* Unit: a thread's share. The numbers come from memory, so that no compiler can foresee the result. */
static void peak_unit(const void *context, int unit, float *scratch) {
  const Peak *a = context;
  const Vector x = splat(a->numbers[0]), y = splat(a->numbers[1]);
  Vector chain[REGISTER_ROWS][REGISTER_VECTORS], sum = {0};
  (void)scratch;
  UNROLLED (i, REGISTER_ROWS)
    UNROLLED (j, REGISTER_VECTORS) chain[i][j] = splat((float)(i * REGISTER_VECTORS + j));
  for (int r = 0; r < a->rounds; r++)
    UNROLLED (i, REGISTER_ROWS)
      UNROLLED (j, REGISTER_VECTORS) {
        chain[i][j] = chain[i][j] * x + y;
        PIN(chain[i][j]);
      }
  UNROLLED (i, REGISTER_ROWS)
    UNROLLED (j, REGISTER_VECTORS) sum += chain[i][j];
  a->sums[unit] = sum_lanes(sum);
}

/* sizes: units, rounds. numbers[0], numbers[1] -> one sum per unit, then how many multiply-adds a round makes. */
static int peak(const Arguments *arguments) {
  const int units = arguments->sizes[0];
  const Peak a = {arguments->arrays[0], arguments->arrays[1], arguments->sizes[1]};
  a.sums[units] = REGISTER_ROWS * REGISTER_VECTORS * WIDTH;
  return parallel(peak_unit, &a, units, 0, 1e9);
}
