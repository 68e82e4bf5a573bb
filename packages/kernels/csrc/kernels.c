/*
 * All kernels as one translation unit, compiled once per instruction set:
 *   -DWIDTH=<floats per vector> -DKERNELS=<name of the function made here>
 */
#include "host.h"

#include "attention-forward.c"
#include "attention-backward.c"
#include "attention-gradient.c"
#include "feature-attention.c"
#include "feature-attention-gradient.c"
#include "gemm.c"
#include "normalise.c"
#include "softmax.c"
#include "tables.c"
#include "elementwise.c"
#include "permute.c"
#include "optimiser.c"
#include "dropout.c"
#include "peak.c"
#include "random-features.c"
#include "random-features-gradient.c"

int KERNELS(int operation, const Arguments *arguments);
int KERNELS(int operation, const Arguments *arguments) {
  switch ((enum Operation)operation) {
    case OP_ATTENTION:
      return attention_forward(arguments);
    case OP_ATTENTION_GRADIENT:
      return attention_gradient(arguments);
    case OP_FEATURE_ATTENTION:
      return feature_attention(arguments);
    case OP_FEATURE_ATTENTION_GRADIENT:
      return feature_attention_gradient(arguments);
    case OP_GEMM:
      return gemm(arguments);
    case OP_LAYER_NORM:
      return layer_norm(arguments);
    case OP_LAYER_NORM_GRADIENT:
      return layer_norm_gradient(arguments);
    case OP_CROSS_ENTROPY:
      return cross_entropy(arguments);
    case OP_CROSS_ENTROPY_GRADIENT:
      return cross_entropy_gradient(arguments);
    case OP_SOFTMAX:
      return softmax(arguments);
    case OP_LOG_SOFTMAX:
      return log_softmax(arguments);
    case OP_GATHER:
      return gather(arguments);
    case OP_SCATTER_ADD:
      return scatter_add(arguments);
    case OP_REDUCE_ROWS:
      return reduce_rows(arguments);
    case OP_REDUCE_COLUMNS:
      return reduce_columns(arguments);
    case OP_UNARY:
      return unary(arguments);
    case OP_UNARY_GRADIENT:
      return unary_gradient(arguments);
    case OP_BINARY:
      return binary(arguments);
    case OP_ACCUMULATE:
      return accumulate(arguments);
    case OP_PERMUTE:
      return permute(arguments);
    case OP_ADAM:
      return adam(arguments);
    case OP_DROPOUT:
      return dropout(arguments);
    case OP_PEAK:
      return peak(arguments);
    case OP_RANDOM_FEATURES:
      return random_features(arguments);
    case OP_RANDOM_FEATURES_GRADIENT:
      return random_features_gradient(arguments);
    default:
      return UNKNOWN_OPERATION;
  }
}
