"""Times PyTorch's attention and training step on cases read as JSON lines; answers each with seconds and peak bytes of each of its ways, in both precisions.

torch_gpu.py THREADS DEVICE: "cuda", which ends the process before its first line where there is no card, or "cpu", which shows that the script works.
Full attention is scaled_dot_product_attention and the same composed of matmul and softmax; a local window is flex_attention, compiled. What a way
cannot do (memory, a PyTorch without it) is named under "missing"; other variants are answered with nothing.
"""
import json, sys, time
import torch
import torch.nn.functional as F
import torch_decoder

device = sys.argv[2]
cuda = device == "cuda"
if cuda and not torch.cuda.is_available():
    sys.exit(1)
torch.set_num_threads(int(sys.argv[1]))


def composed(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, -1) @ v


def windowed(case):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    n, before, after = case["length"], case["options"]["before"], case["options"]["after"]
    visible = lambda b, h, query, key: (query - key <= before) & (key - query <= after)
    mask = create_block_mask(visible, None, None, n, n, device=device)
    compiled = torch.compile(flex_attention)
    return lambda q, k, v: compiled(q, k, v, block_mask=mask)


ways = {
    "full": {"sdpa": lambda case: F.scaled_dot_product_attention, "composed": lambda case: composed},
    "local": {"flex": windowed},
}


def clock():
    if cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


def attending(case, attend, dtype):
    shape = (case["batch"], case["heads"], case["length"], case["headDim"])
    q, k, v = (torch.randn(shape, device=device, dtype=dtype, requires_grad=case["backward"]) for _ in range(3))
    cotangent = torch.randn(shape, device=device, dtype=dtype)

    def call():
        out = attend(q, k, v)
        if case["backward"]:
            torch.autograd.grad(out, (q, k, v), cotangent)

    return call


def measure(call, rounds):
    call()  # compiles
    before = torch.cuda.memory_allocated() if cuda else 0
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    samples = []
    for _ in range(rounds):
        started = clock()
        call()
        samples.append(clock() - started)
    peak = torch.cuda.max_memory_allocated() - before if cuda else None
    return {"seconds": sorted(samples)[len(samples) // 2], "peakBytes": peak}


def calls(case):
    """What makes each way's call, by its name."""
    if case["kind"] == "train":
        torch.set_default_device(device)
        return {"float32": lambda: torch_decoder.trainer(case)}
    return {
        f"{way} {name}": lambda make=make, dtype=dtype: attending(case, make(case), dtype)
        for way, make in ways.get(case["variant"], {}).items()
        for name, dtype in (("float32", torch.float32), ("float16", torch.float16))
    }


def answer(case):
    found, missing = {}, {}
    for name, make in calls(case).items():
        try:
            found[name] = measure(make(), case["rounds"])
        except Exception as error:
            missing[name] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            if cuda:
                torch.cuda.empty_cache()
    return {"found": found, "missing": missing}


card = torch.cuda.get_device_name() if cuda else "the processor"
driver = torch.version.cuda if cuda else None
print(json.dumps({"version": torch.__version__, "card": card, "cuda": driver}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
