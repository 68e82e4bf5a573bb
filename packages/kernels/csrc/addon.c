/*
 * The Node-API face of the native build: which instruction sets this processor has, and one function that calls a
 * kernel. All checks of shapes and ranges are made by TypeScript (src/calls-*.ts); this file only turns JavaScript
 * values into pointers.
 */
#include "host.h"
#include "threads.h"
#include <node_api.h>
#include <stdlib.h>

#ifdef __x86_64__
#include <cpuid.h>
Kernels kernels_avx2, kernels_avx512;

/* The operating system must also save the wide registers: asked of xgetbv. (__builtin_cpu_supports doesn't link with
 * zig.) */
static int has_avx(int wide) {
  unsigned a, b, c, d, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned needed = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
  return wide ? (b & needed) == needed && (low & 0xe6) == 0xe6 : (b & bit_AVX2) && (low & 6) == 6;
}
static int has_avx2(void) { return has_avx(0); }
static int has_avx512(void) { return has_avx(1); }
#else
Kernels kernels_base;
static int always(void) { return 1; }
#endif

/* Best first. */
static const struct {
  const char *name;
  Kernels *kernels;
  int (*present)(void);
} sets[] = {
#ifdef __x86_64__
    {"avx512", kernels_avx512, has_avx512},
    {"avx2", kernels_avx2, has_avx2},
#elif defined(__aarch64__)
    {"neon", kernels_base, always},
#else
    {"portable", kernels_base, always},
#endif
};
enum { SETS = sizeof sets / sizeof *sets };

/* Asked once: under a hypervisor, cpuid takes microseconds. */
static int present[SETS];

static napi_value fail(napi_env env, const char *message) {
  napi_throw_type_error(env, 0, message);
  return 0;
}

/* The memory of a typed array; NULL for undefined and for empty arrays. */
static int memory_of(napi_env env, napi_value value, void **memory) {
  bool typed = false;
  napi_valuetype kind;
  size_t length = 0;
  *memory = 0;
  if (napi_typeof(env, value, &kind) != napi_ok) return 0;
  if (kind == napi_undefined) return 1;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return 0;
  if (napi_get_typedarray_info(env, value, 0, &length, memory, 0, 0) != napi_ok) return 0;
  if (!length) *memory = 0;
  return 1;
}

/* invoke(instructionSet, threads, operation, sizes, numbers, arrays) -> outcome */
static napi_value invoke(napi_env env, napi_callback_info info) {
  napi_value v[6], element, result;
  size_t count = 6;
  int32_t set = -1, threads = 1, operation = -1;
  uint32_t length = 0;
  void *sizes, *numbers, *few[32], **arrays = few;
  napi_get_cb_info(env, info, &count, v, 0, 0);
  if (count < 6 || napi_get_value_int32(env, v[0], &set) || napi_get_value_int32(env, v[1], &threads) ||
      napi_get_value_int32(env, v[2], &operation) || !memory_of(env, v[3], &sizes) || !memory_of(env, v[4], &numbers) ||
      napi_get_array_length(env, v[5], &length) || set < 0 || set >= SETS || !present[set])
    return fail(env, "invoke: bad arguments");
  if (length > 32 && !(arrays = malloc(length * sizeof *arrays))) return fail(env, "invoke: out of memory");
  for (uint32_t i = 0; i < length; i++)
    if (napi_get_element(env, v[5], i, &element) || !memory_of(env, element, &arrays[i])) {
      if (arrays != few) free(arrays);
      return fail(env, "invoke: an array argument is not a typed array");
    }
  begin_call();
  set_threads(threads);
  const Arguments arguments = {sizes, numbers, arrays};
  const int outcome = sets[set].kernels(operation, &arguments);
  end_call();
  if (arrays != few) free(arrays);
  napi_create_int32(env, outcome, &result);
  return result;
}

/* instructionSets() -> (string | undefined)[]: a hole where this processor lacks the set */
static napi_value instruction_sets(napi_env env, napi_callback_info info) {
  napi_value list, name;
  (void)info;
  napi_create_array(env, &list);
  for (uint32_t i = 0; i < SETS; i++) {
    if (!present[i]) continue;
    napi_create_string_utf8(env, sets[i].name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, i, name);
  }
  return list;
}

/* counters() -> [tiles, multiplyAdds] */
static napi_value counters(napi_env env, napi_callback_info info) {
  napi_value list, number;
  double values[2];
  (void)info;
  read_counters(values);
  napi_create_array(env, &list);
  for (uint32_t i = 0; i < 2; i++) {
    napi_create_double(env, values[i], &number);
    napi_set_element(env, list, i, number);
  }
  return list;
}

static napi_value init(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"invoke", 0, invoke, 0, 0, 0, napi_default_jsproperty, 0},
      {"instructionSets", 0, instruction_sets, 0, 0, 0, napi_default_jsproperty, 0},
      {"counters", 0, counters, 0, 0, 0, napi_default_jsproperty, 0},
  };
  for (int i = 0; i < SETS; i++) present[i] = sets[i].present();
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
NAPI_MODULE(attention_lab_kernels, init)
