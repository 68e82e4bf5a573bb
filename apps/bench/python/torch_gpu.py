"""Times PyTorch's attention on a CUDA card on cases read as JSON lines; answers each with seconds in both precisions.

Ends before its first line where there is no card. Full attention is scaled_dot_product_attention; local windows are flex_attention,
compiled, where this PyTorch has it. Other variants are answered with nothing.
"""
import json, sys
import torch
import torch.nn.functional as F

if not torch.cuda.is_available():
    sys.exit(1)


def windowed(case):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    compiled = torch.compile(flex_attention)
    mask = create_block_mask(lambda b, h, q, k: (q - k).abs() <= 256, None, None, case["length"], case["length"])
    return lambda q, k, v: compiled(q, k, v, block_mask=mask)


def attention(case):
    if case["variant"] == "full":
        return F.scaled_dot_product_attention
    if case["variant"] == "local":
        return windowed(case)
    return None


def seconds(case, dtype):
    attend = attention(case)
    if attend is None:
        return None
    shape = (case["batch"], case["heads"], case["length"], case["headDim"])
    q, k, v = (torch.randn(shape, device="cuda", dtype=dtype, requires_grad=case["backward"]) for _ in range(3))
    cotangent = torch.randn(shape, device="cuda", dtype=dtype)
    samples = []
    for _ in range(8):
        torch.cuda.synchronize()
        started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        started.record()
        out = attend(q, k, v)
        if case["backward"]:
            torch.autograd.grad(out, (q, k, v), cotangent)
        ended.record()
        torch.cuda.synchronize()
        samples.append(started.elapsed_time(ended) / 1000)
    return sorted(samples[1:])[3]


print(json.dumps({"version": torch.__version__, "card": torch.cuda.get_device_name()}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    answer = {}
    for name, dtype in (("float32", torch.float32), ("float16", torch.float16)):
        try:
            answer[name] = seconds(case, dtype)
        except Exception:  # out of memory, or not in this PyTorch: a gap in the table
            torch.cuda.empty_cache()
            answer[name] = None
    print(json.dumps(answer), flush=True)
