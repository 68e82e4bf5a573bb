"""Times PyTorch on cases read as JSON lines from standard input; answers each with its seconds."""
import json, sys, time
import torch
import torch.nn.functional as F


def attention(case):
    shape = (case["batch"], case["heads"], case["length"], case["headDim"])
    q, k, v = (torch.randn(shape, requires_grad=case["backward"]) for _ in range(3))
    cotangent = torch.randn(shape)

    def run():
        out = F.scaled_dot_product_attention(q, k, v, is_causal=case["causal"])
        if case["backward"]:
            torch.autograd.grad((out * cotangent).sum(), (q, k, v))

    return run


def gemm(case):
    a, b = torch.randn(case["m"], case["k"]), torch.randn(case["k"], case["n"])
    return lambda: torch.mm(a, b)


torch.set_num_threads(int(sys.argv[1]))
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    run = attention(case) if case["kind"] == "attention" else gemm(case)
    run()
    started = time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
