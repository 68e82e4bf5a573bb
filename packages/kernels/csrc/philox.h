/*
 * Philox4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four
 * random words for every counter, in any order.
 */
#pragma once
#include "vector.h"

typedef uint32_t Words __attribute__((vector_size(WIDTH * 4)));

/* Upper and lower words of the 64-bit products of each lane. */
INLINE void multiply_words(Words x, uint32_t factor, Words *high, Words *low) {
#if defined(__x86_64__)
  /* The instruction that compilers don't find: it multiplies the even lanes only, so the odd ones are moved there. */
  typedef uint64_t Pairs __attribute__((vector_size(WIDTH * 4)));
  const Words factors = (Words){0} + factor;
#if WIDTH == 16
  const Pairs even = (Pairs)_mm512_mul_epu32((__m512i)x, (__m512i)factors);
  const Pairs odd = (Pairs)_mm512_mul_epu32((__m512i)((Pairs)x >> 32), (__m512i)factors);
#elif WIDTH == 8
  const Pairs even = (Pairs)_mm256_mul_epu32((__m256i)x, (__m256i)factors);
  const Pairs odd = (Pairs)_mm256_mul_epu32((__m256i)((Pairs)x >> 32), (__m256i)factors);
#else
  const Pairs even = (Pairs)_mm_mul_epu32((__m128i)x, (__m128i)factors);
  const Pairs odd = (Pairs)_mm_mul_epu32((__m128i)((Pairs)x >> 32), (__m128i)factors);
#endif
  *high = (Words)((even >> 32) | (odd & 0xffffffff00000000u));
  *low = (Words)((even & 0xffffffffu) | (odd << 32));
#else
  typedef uint64_t Products __attribute__((vector_size(WIDTH * 8)));
  const Products products = __builtin_convertvector(x, Products) * factor;
  *high = __builtin_convertvector(products >> 32, Words);
  *low = __builtin_convertvector(products, Words);
#endif
}

/* WIDTH counters at once: words[w] holds word w of each. */
INLINE void philox(Words words[4], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    Words high0, low0, high2, low2;
    multiply_words(words[0], 0xD2511F53u, &high0, &low0);
    multiply_words(words[2], 0xCD9E8D57u, &high2, &low2);
    words[0] = high2 ^ words[1] ^ key0;
    words[1] = low2;
    words[2] = high0 ^ words[3] ^ key1;
    words[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}
