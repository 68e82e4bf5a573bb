// The union package registers every gradient and the cpu backend once; library code imports tfjs-core alone.
import "@tensorflow/tfjs";
