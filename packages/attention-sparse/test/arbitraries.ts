import type { Attention } from "@attention-lab/attention";
import fc from "fast-check";
import { bigbird, blockSparse, fixed, sparse, strided } from "../src/index.ts";

const size = fc.integer({ min: 1, max: 5 });
const share = fc.constantFrom("merged" as const, "split" as const);

/** Any variant of this package for 2 heads and up to 20 positions. */
export const anySparse: fc.Arbitrary<Attention> = fc.oneof(
  fc.record({ stride: size, block: size, share }).map((options): Attention => strided(options)),
  fc
    .record({
      stride: fc.constantFrom(4, 6),
      summary: fc.constantFrom(1, 2),
      subblocks: fc.constantFrom(1, 2),
      block: size,
      share,
    })
    .map((options): Attention => fixed(options)),
  fc
    .record({
      block: size,
      random: fc.nat(3),
      lookBackward: fc.nat(2),
      lookForward: fc.nat(2),
      globalBlocks: fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 2 }),
    })
    .map((options): Attention => bigbird(options)),
  fc
    .array(
      fc.array(fc.array(fc.constantFrom(0 as const, 1 as const), { minLength: 20, maxLength: 20 }), {
        minLength: 20,
        maxLength: 20,
      }),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((layout): Attention => blockSparse({ block: 1, layout })),
  fc
    .record({ modulus: size, perHead: fc.boolean() })
    .map(({ modulus, perHead }): Attention =>
      sparse({ visible: (query, key, head) => (query * 3 + key + head) % modulus === 0, perHead }),
    ),
);
