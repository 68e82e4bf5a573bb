/*
 * Functions of each element, of pairs of elements with broadcasting, and rearrangement.
 */
#include "rows.h"

/* In the order of `unaryOperations` and `binaryOperations` in src/operations.ts. */
enum Unary {
  RELU_OF,
  EXP,
  LOG,
  SQRT,
  RSQRT,
  SQUARE,
  NEGATE,
  TANH,
  SIGMOID,
  ERF,
  STEP,
  ABS,
  GELU_ERF_OF,
  GELU_TANH_OF,
  SIN,
  COS,
  RECIPROCAL,
  ELU_PLUS_ONE
};
/* In the order of `unaryGradients`. */
enum Slope { GELU_ERF_SLOPE, GELU_TANH_SLOPE, RELU_SLOPE, ELU_PLUS_ONE_SLOPE };
enum Binary { ADD_TO, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE };
enum Broadcast { FULL, SCALAR, ROW, COLUMN };

typedef struct {
  const float *a, *b;
  float *y;
  size_t rows, columns, perUnit;
  int operation, broadcastA, broadcastB;
  float parameter;
} Elements;

INLINE Vector unary_of(const enum Unary operation, Vector x, Vector parameter) {
  const Vector zero = {0};
  switch (operation) {
    case RELU_OF:
      return choose(LESS(x, zero), zero, x);
    case EXP:
      return exponential(x);
    case LOG:
      return logarithm(x);
    case SQRT:
      return square_root(x);
    case RSQRT:
      return 1.f / square_root(x);
    case SQUARE:
      return x * x;
    case NEGATE:
      return -x;
    case TANH:
      return hyperbolic_tangent(x);
    case SIGMOID:
      return sigmoid(x);
    case ERF:
      return error_function(x);
    /* 1 above 0, the parameter elsewhere; NaN stays. */
    case STEP:
      return choose(LESS(zero, x), splat(1.f), choose((Integers)(x != x), x, parameter));
    case ABS:
      return (Vector)((Integers)x & 0x7fffffff);
    case GELU_ERF_OF:
      return gelu_erf(x);
    case GELU_TANH_OF:
      return gelu_tanh(x);
    case SIN:
      return sine(x, 0);
    case COS:
      return sine(x, 1);
    /* max(x, 0) + exp(min(x, 0)) keeps the small values that elu(x) + 1 would cancel away. */
    case ELU_PLUS_ONE:
      return choose(LESS(zero, x), x + 1.f, exponential(x));
    default:
      return 1.f / x;
  }
}

/* Unit: UNIT_ELEMENTS elements. */
static void unary_unit(const void *context, int unit, float *scratch) {
  const Elements *e = context;
  const size_t first = (size_t)unit * UNIT_ELEMENTS, n = MIN(UNIT_ELEMENTS, e->columns - first);
  const float *x = e->a + first;
  float *y = e->y + first;
  const Vector parameter = splat(e->parameter);
  (void)scratch;
#define CASE(operation)                                              \
  case operation:                                                    \
    EACH_VECTOR(n, PUT(y, unary_of(operation, GET(x), parameter));); \
    break;
  switch ((enum Unary)e->operation) {
    CASE(RELU_OF)
    CASE(EXP) CASE(LOG) CASE(SQRT) CASE(RSQRT) CASE(SQUARE) CASE(NEGATE) CASE(TANH) CASE(SIGMOID) CASE(ERF) CASE(STEP)
        CASE(ABS) CASE(GELU_ERF_OF) CASE(GELU_TANH_OF) CASE(SIN) CASE(COS) CASE(RECIPROCAL) CASE(ELU_PLUS_ONE)
  }
#undef CASE
}
static int run_elements(Unit *unit, const Elements *e) {
  return parallel(unit, e, (int)BLOCKS(e->columns, UNIT_ELEMENTS), 0, 8.0 * e->columns);
}
static int unary(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  const Elements e = {.a = arguments->arrays[0],
                      .y = arguments->arrays[1],
                      .columns = s[0],
                      .operation = s[1],
                      .parameter = (float)arguments->numbers[0]};
  return run_elements(unary_unit, &e);
}

/* dx = dy * slope: of GELU by its input, of ReLU and of elu + 1 by input or result, whichever is kept. */
INLINE Vector slope_times(const enum Slope operation, Vector x, Vector dy) {
  const Vector zero = {0};
  switch (operation) {
    case GELU_ERF_SLOPE:
      return dy * gelu_erf_slope(x);
    case GELU_TANH_SLOPE:
      return dy * gelu_tanh_slope(x);
    case RELU_SLOPE:
      return choose(LESS(zero, x), dy, zero);
    default:
      return dy * choose(LESS(splat(1.f), x), splat(1.f), x);
  }
}
static void unary_gradient_unit(const void *context, int unit, float *scratch) {
  const Elements *e = context;
  const size_t first = (size_t)unit * UNIT_ELEMENTS, n = MIN(UNIT_ELEMENTS, e->columns - first);
  const float *x = e->a + first, *dy = e->b + first;
  float *dx = e->y + first;
  (void)scratch;
#define CASE(operation)                                                \
  case operation:                                                      \
    EACH_VECTOR(n, PUT(dx, slope_times(operation, GET(x), GET(dy)));); \
    break;
  switch ((enum Slope)e->operation) {
    CASE(GELU_ERF_SLOPE)
    CASE(GELU_TANH_SLOPE)
    CASE(RELU_SLOPE)
    CASE(ELU_PLUS_ONE_SLOPE)
  }
#undef CASE
}
static int unary_gradient(const Arguments *arguments) {
  void *const *p = arguments->arrays;
  const Elements e = {
      .a = p[0], .b = p[1], .y = p[2], .columns = arguments->sizes[0], .operation = arguments->sizes[1]};
  return run_elements(unary_gradient_unit, &e);
}

static void accumulate_unit(const void *context, int unit, float *scratch) {
  const Elements *e = context;
  const size_t first = (size_t)unit * UNIT_ELEMENTS, n = MIN(UNIT_ELEMENTS, e->columns - first);
  const float *x = e->a + first;
  float *y = e->y + first;
  (void)scratch;
  EACH_VECTOR(n, PUT(y, GET(y) + GET(x)););
}
static int accumulate(const Arguments *arguments) {
  const Elements e = {.a = arguments->arrays[0], .y = arguments->arrays[1], .columns = arguments->sizes[0]};
  return run_elements(accumulate_unit, &e);
}

INLINE Vector binary_of(const enum Binary operation, Vector a, Vector b) {
  switch (operation) {
    case ADD_TO:
      return a + b;
    case SUBTRACT:
      return a - b;
    case MULTIPLY:
      return a * b;
    case DIVIDE:
      return a / b;
    /* A NaN on either side wins. */
    case MAXIMUM:
      return choose((Integers)(a > b) | (Integers)(a != a), a, b);
    case MINIMUM:
      return choose((Integers)(a < b) | (Integers)(a != a), a, b);
    default:
      return (a - b) * (a - b);
  }
}
/* One row. A side with `spread` is one number for the whole row. */
INLINE void binary_row(const enum Binary operation, const float *a, int spreadA, const float *b, int spreadB, float *y,
                       size_t n) {
  if (!spreadA && !spreadB)
    EACH_VECTOR(n, PUT(y, binary_of(operation, GET(a), GET(b))););
  else if (!spreadA)
    EACH_VECTOR(n, PUT(y, binary_of(operation, GET(a), splat(*b))););
  else if (!spreadB)
    EACH_VECTOR(n, PUT(y, binary_of(operation, splat(*a), GET(b))););
  else
    EACH_VECTOR(n, PUT(y, binary_of(operation, splat(*a), splat(*b))););
}
static size_t operand_offset(int broadcast, size_t row, size_t columns) {
  return broadcast == FULL ? row * columns : broadcast == COLUMN ? row : 0;
}
static void binary_unit(const void *context, int unit, float *scratch) {
  const Elements *e = context;
  const size_t n = e->columns, first = unit * e->perUnit, end = MIN(e->rows, first + e->perUnit);
  const int spreadA = e->broadcastA == SCALAR || e->broadcastA == COLUMN,
            spreadB = e->broadcastB == SCALAR || e->broadcastB == COLUMN;
  (void)scratch;
  for (size_t r = first; r < end; r++) {
    const float *a = e->a + operand_offset(e->broadcastA, r, n), *b = e->b + operand_offset(e->broadcastB, r, n);
    float *y = e->y + r * n;
#define CASE(operation)                                  \
  case operation:                                        \
    binary_row(operation, a, spreadA, b, spreadB, y, n); \
    break;
    switch ((enum Binary)e->operation) {
      CASE(ADD_TO) CASE(SUBTRACT) CASE(MULTIPLY) CASE(DIVIDE) CASE(MAXIMUM) CASE(MINIMUM) CASE(SQUARED_DIFFERENCE)
    }
#undef CASE
  }
}
static int binary(const Arguments *arguments) {
  const int32_t *s = arguments->sizes;
  Elements e = {.rows = s[0],
                .columns = s[1],
                .operation = s[2],
                .broadcastA = s[3],
                .broadcastB = s[4],
                .a = arguments->arrays[0],
                .b = arguments->arrays[1],
                .y = arguments->arrays[2]};
  /* Without rows or columns to tell apart, the grid is one long row: cut it into rows of a unit's size. */
  const int flat = e.broadcastA <= SCALAR && e.broadcastB <= SCALAR;
  if (flat && e.rows * e.columns % UNIT_ELEMENTS == 0) {
    e.rows = e.rows * e.columns / UNIT_ELEMENTS;
    e.columns = UNIT_ELEMENTS;
  }
  e.perUnit = MAX(1, UNIT_ELEMENTS / MAX(1, e.columns));
  return parallel(binary_unit, &e, (int)BLOCKS(e.rows, e.perUnit), 0, 8.0 * e.rows * e.columns);
}
