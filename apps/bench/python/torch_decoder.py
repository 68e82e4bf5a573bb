"""PyTorch's side of the train and decode benchmarks: eager, SDPA, fused Adam, a key-value cache."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["dModel"]
        self.heads = c["heads"]
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, c["feedForward"]), nn.Linear(c["feedForward"], d)

    def forward(self, x, cache=None, position=0):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if cache is not None:
            cache[0][:, :, position : position + n], cache[1][:, :, position : position + n] = k, v
            k, v = cache[0][:, :, : position + n], cache[1][:, :, : position + n]
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
        x = x + self.out(attended.transpose(1, 2).reshape(b, n, d))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, d = c, c["dModel"]
        self.embedding = nn.Embedding(c["vocabulary"], d)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm, self.unembedding = nn.LayerNorm(d), nn.Linear(d, c["vocabulary"])
        nn.init.normal_(self.embedding.weight, std=d**-0.5)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, ids, caches=None, position=0):
        x = self.embedding(ids)
        for i, block in enumerate(self.blocks):
            x = block(x, None if caches is None else caches[i], position)
        return self.unembedding(self.norm(x))


def trainer(c):
    torch.manual_seed(1)
    model = Decoder(c)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    ids = torch.randint(c["vocabulary"], (c["batch"], c["length"] + 1))

    def step():
        adam.zero_grad(set_to_none=True)
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, c["vocabulary"]), ids[:, 1:].reshape(-1))
        loss.backward()
        adam.step()
        return loss.item()

    return step


def decoder(c):
    torch.manual_seed(1)
    model = Decoder(c)
    shape = (1, c["heads"], c["length"], c["dModel"] // c["heads"])

    @torch.inference_mode()
    def run():
        caches = [(torch.empty(shape), torch.empty(shape)) for _ in range(c["layers"])]
        token = torch.zeros((1, 1), dtype=torch.long)
        for position in range(c["length"] - 1):
            token = model(token, caches, position).argmax(-1)
            token.item()

    return run
