"""Times public PyTorch packages of attention variants on cases read as JSON lines; answers each with its seconds.

Each maker returns a function of nothing that runs the package's own mechanism, without the linear maps around it (their modules are
replaced by identities), on normal q, k, v. Options are those of our variant of the same name.
"""
import importlib.metadata, json, sys, time
import torch
from torch import nn


def heads(case):
    shape = (case["batch"], case["heads"], case["length"], case["headDim"])
    return [torch.randn(shape) for _ in range(3)]


def merged(case, parts=1):
    return torch.randn(case["batch"], case["length"], parts * case["heads"] * case["headDim"])


class Copy(nn.Module):
    """Longformer scales its queries in place."""

    def forward(self, x):
        return x.clone()


def performer(case):
    from performer_pytorch import FastAttention

    attend = FastAttention(case["headDim"], nb_features=case["options"]["features"])
    q, k, v = heads(case)
    return lambda: attend(q, k, v)


def linformer(case):
    from linformer import LinformerSelfAttention

    attend = LinformerSelfAttention(
        case["heads"] * case["headDim"], case["length"], k=case["options"]["rank"], heads=case["heads"]
    )
    attend.to_q = attend.to_k = attend.to_v = attend.to_out = nn.Identity()
    x = merged(case)
    return lambda: attend(x)


def nystromformer(case):
    from nystrom_attention import NystromAttention

    landmarks = case["options"]["landmarks"]
    attend = NystromAttention(
        dim=case["heads"] * case["headDim"],
        dim_head=case["headDim"],
        heads=case["heads"],
        num_landmarks=landmarks,
        residual=False,
    )
    attend.to_qkv = attend.to_out = nn.Identity()
    x = merged(case, 3)
    return lambda: attend(x)


def windowed(case, window, **options):
    from local_attention import LocalAttention

    attend = LocalAttention(window_size=window, causal=False, autopad=True, use_rotary_pos_emb=False, **options)
    q, k, v = heads(case)
    return lambda: attend(q, k, v)


def local(case):
    return windowed(case, case["options"]["before"], look_backward=1, look_forward=1, exact_windowsize=True)


def block_local(case):
    options = case["options"]
    return windowed(
        case, options["block"], look_backward=options["lookBackward"], look_forward=options["lookForward"]
    )


def longformer(case):
    from transformers import LongformerConfig
    from transformers.models.longformer.modeling_longformer import LongformerSelfAttention

    config = LongformerConfig(
        hidden_size=case["heads"] * case["headDim"],
        num_attention_heads=case["heads"],
        attention_window=[2 * case["options"]["before"]],
        attention_probs_dropout_prob=0.0,
    )
    attend = LongformerSelfAttention(config, layer_id=0).eval()
    attend.query = attend.key = attend.value = Copy()
    x = merged(case)
    mask = torch.zeros(case["batch"], case["length"])
    nothing = mask != 0
    return lambda: attend(x, mask, is_index_masked=nothing, is_index_global_attn=nothing, is_global_attn=False)


def bigbird(case):
    from transformers import BigBirdConfig, BigBirdModel
    from transformers.models.big_bird.modeling_big_bird import BigBirdBlockSparseAttention

    block = case["options"]["block"]
    config = BigBirdConfig(
        hidden_size=case["heads"] * case["headDim"],
        num_attention_heads=case["heads"],
        block_size=block,
        num_random_blocks=case["options"]["random"],
        max_position_embeddings=case["length"],
    )
    attend = BigBirdBlockSparseAttention(config, seed=1).eval()
    attend.query = attend.key = attend.value = nn.Identity()
    x = merged(case)
    blocked, band, from_mask, to_mask = BigBirdModel.create_masks_for_block_sparse_attn(
        torch.ones(case["batch"], case["length"]), block
    )
    return lambda: attend(x, band, from_mask, to_mask, blocked, blocked)


makers = {
    "performer": (performer, "performer-pytorch"),
    "linformer": (linformer, "linformer"),
    "nystromformer": (nystromformer, "nystrom-attention"),
    "local": (local, "local-attention"),
    "blockLocal": (block_local, "local-attention"),
    "longformer": (longformer, "transformers"),
    "bigbird": (bigbird, "transformers"),
}


def release(package):
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return None


def answer(case):
    make, _ = makers[case["variant"]]
    try:
        run = make(case)
        run()
        started = time.perf_counter()
        run()
        return {"seconds": time.perf_counter() - started}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


torch.set_num_threads(int(sys.argv[1]))
torch.set_grad_enabled(False)
releases = {name: release(package) for name, (_, package) in makers.items()}
print(
    json.dumps(
        {
            "packages": {name: found for name, found in releases.items() if found},
            "missing": sorted({makers[name][1] for name, found in releases.items() if not found}),
        }
    ),
    flush=True,
)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
