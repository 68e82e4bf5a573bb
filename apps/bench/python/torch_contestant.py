"""Times PyTorch on cases read as JSON lines from standard input; answers each with its seconds."""
import json, resource, sys, time
import torch
import torch.nn.functional as F
import torch_decoder


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


made = {}


def runner(line):
    """What one run of the case does. A model is made once, and warmed up, for as long as its case is asked for."""
    case = json.loads(line)
    if case["kind"] not in ("train", "decode"):
        run = attention(case) if case["kind"] == "attention" else gemm(case)
        run()
        return run, 1
    if line not in made:
        made.clear()
        made[line] = torch_decoder.trainer(case) if case["kind"] == "train" else torch_decoder.decoder(case)
        for _ in range(case["warmups"]):
            made[line]()
    return made[line], case["repeats"]


torch.set_num_threads(int(sys.argv[1]))
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    run, repeats = runner(line)
    started = time.perf_counter()
    for _ in range(repeats):
        run()
    seconds = (time.perf_counter() - started) / repeats
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": seconds, "resident": resident}), flush=True)
